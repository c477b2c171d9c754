"""Erasure: who a person is in the tables, what of them is deleted, and what makes sure that nothing is left."""

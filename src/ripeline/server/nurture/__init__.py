"""Nurture: which leads are in which track, and what is done for them there."""

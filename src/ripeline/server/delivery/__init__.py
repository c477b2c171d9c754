"""Delivery: what was decided is told to others, by signed webhooks."""

"""Delivery: what was decided is told to others, by signed webhook, in a chat or by e-mail."""

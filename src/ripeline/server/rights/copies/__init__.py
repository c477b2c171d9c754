"""Copies: all that is known of one person, for that person (art. 15 and 20 GDPR), as a page and for programs."""

"""Mails to leads: what they say, to whom they may go, and what comes back."""

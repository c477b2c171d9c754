"""Consent: what leads said yes and no to, for which purpose, and what proves it."""

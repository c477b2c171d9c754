"""Intake: events come in over HTTP and are acknowledged once they are stored."""

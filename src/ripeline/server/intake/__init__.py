"""Intake: events and forms come in over HTTP, within limits, and are acknowledged once they are stored."""

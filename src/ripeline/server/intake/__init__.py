"""Intake: what happened comes in over HTTP, by forms, from files and by hand, and is acknowledged once it is stored."""

"""Instruments of a process: what it logs and counts, how it is woken, and where it may be made to die."""

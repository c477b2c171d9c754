"""Sales: hand-offs with a clock, the qualifying call, tasks, and what becomes of leads."""

"""A made-up company that lives: its past was decided round by round, and something happens to it while one looks."""

"""The definition and its evaluator: no framework, no clock, no network; files in the tables only."""

"""The pages about staff: the team, oneself, and how people come in."""

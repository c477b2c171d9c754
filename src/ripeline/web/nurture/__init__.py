"""The pages of nurture: the tracks, in numbers and in words."""

"""The page of one lead, that of its company, and the interview."""

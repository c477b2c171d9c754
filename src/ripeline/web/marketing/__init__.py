"""The pages of marketing: the lists of leads, what is done with many, a new lead, and what was seen of one."""

"""Content: the catalogue of what there is to read, what comes next for each lead, and what is missing."""

"""The pages of content: the catalogue, what is missing in it, and what is taken up in bulk."""

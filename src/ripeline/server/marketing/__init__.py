"""Marketing: lists of leads with filters, segments, acts on many, and campaigns with their cost."""

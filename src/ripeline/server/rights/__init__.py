"""Rights of people over what is known of them: a copy, an objection, an erasure; and what goes by itself in time."""

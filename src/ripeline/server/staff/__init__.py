"""Staff: who our people are, what they may do and see, when they are away, and how they come and go."""

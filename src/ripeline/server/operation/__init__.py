"""Operation: the processes, and whatever the person needs who runs them."""

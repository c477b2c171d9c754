"""The JSON API: what a program may read and do in the name of a user."""

"""Qualification: rows are read, people found, leads decided on; and a replay proves it."""

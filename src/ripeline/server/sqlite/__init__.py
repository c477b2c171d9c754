"""Django's SQLite backend with one fair write lock for the process."""

"""``python -m ripeline``: the same as the command ``ripeline``."""

from ripeline.cli import main

main()

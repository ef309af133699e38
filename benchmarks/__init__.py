"""How fast the site is beside nginx and Wagtail, on this machine: `.venv/bin/python -m benchmarks --help`."""

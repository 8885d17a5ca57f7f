"""Helper programs, each run as ``python -m deepquake.tools.NAME``."""

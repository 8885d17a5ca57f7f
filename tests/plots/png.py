"""What is a picture."""

from pathlib import Path


def is_png(path: Path) -> bool:
    """Tell whether a file begins as PNG does."""
    return path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 2000

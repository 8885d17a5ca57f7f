"""What rooms that are not yet converted use of the settings."""  # transition

from deepquake.core.configuration import (
    COMMAND_LINE,
    DEFAULT_PATH,
    load,
    parse_value,
    read_ini,
)
from deepquake.core.settings import Settings as Config

__all__ = [
    "COMMAND_LINE",
    "DEFAULT_PATH",
    "Config",
    "load",
    "parse_value",
    "read_ini",
]

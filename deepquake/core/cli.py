"""What the step scripts and the tools share: options, settings, errors."""

import argparse
import errno
import io
import math
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from deepquake.core import configuration
from deepquake.core.errors import WRITING_ERRORS, DeepQuakeError
from deepquake.core.settings import DECLARED, Settings
from deepquake.core.text import ESCAPED, printable
from deepquake.core.times import parse_iso

LARGEST = 2**32 - 1  # of a number on the command line; a seed takes no larger one
ACTIVATE = (
    "'source .venv/bin/activate' first ('bash tests/run.sh' or 'bash experiments/quickstart.sh' "
    "makes .venv); requirements-detect.txt holds only what steps 0 to 3 and 6 need"
)
OUT_OF_MEMORY = "ResourceExhaustedError"  # TensorFlow's
TOO_LARGE = (
    "this machine has not enough memory for it; take a smaller batch_size, window_size or network, "
    "or fewer workers"
)
NETWORK_KEYS = (  # a checkpoint decides them
    *("window_size", "n_clusters", "model", "sampling_rate", "normalization"),
    *("component_Z", "component_N", "component_E", "filter_highpass", "filter_lowpass"),
)


class _Parser(argparse.ArgumentParser):
    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.register("type", Path, _path)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {printable(message)}; see --help\n")


def make_parser(
    description: str | None, keys: Sequence[str] = (), from_checkpoint: Sequence[str] = ()
) -> argparse.ArgumentParser:
    """Return the parser of a step or a tool, with an option for each setting that it uses.

    Parameters
    ----------
    description : str
        What the program does: its docstring.
    keys : sequence of str, optional
        The settings it uses; with them comes ``--config_file_path``.
    from_checkpoint : sequence of str, optional
        Settings of the network: a value given must agree with the checkpoint's.

    Returns
    -------
    argparse.ArgumentParser
        The parser, to which the program adds its arguments.
    """
    as_it_is = argparse.RawDescriptionHelpFormatter
    parser = _Parser(
        _program(), description=description, formatter_class=as_it_is, allow_abbrev=False
    )
    if not keys:
        return parser
    parser.set_defaults(config_keys=list(keys), checkpoint_keys=list(from_checkpoint))
    parser.add_argument("--config_file_path", metavar="INI", help="configuration file of your own")
    group = parser.add_argument_group("settings, which an .ini file may give too")
    for key in keys:
        default = DECLARED[key].default
        shown = str(int(default) if isinstance(default, bool) else default)
        _add_setting(group, key, f"(default: {shown or 'empty'})")
    if from_checkpoint:
        group = parser.add_argument_group("settings of the network, which must agree with it")
        for key in from_checkpoint:
            _add_setting(group, key, "(default: the network's)")
    return parser


def add_dataset_arguments(parser: argparse.ArgumentParser, of_step1: bool = True) -> None:
    """Add the arguments that steps 2 and 3 share.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        Is given them.
    of_step1 : bool
        Whether nothing but the folder of step 1 can be read.
    """
    parser.add_argument("--prep_data_dir", required=of_step1, type=Path, help="folder of step 1")
    parser.add_argument("--tfrecords_dir", required=True, type=Path, help="folder to write")
    name = "name of the TFRecord files (default: that of the data set)"
    parser.add_argument("--file_name", default="", type=plain_name, help=name)
    pattern = "only station streams whose name matches, e.g. '*_MCB*'"
    parser.add_argument("--pattern", default="*", help=pattern)


def add_time_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments by which steps 1 and 6 take a part of the records."""
    for name, default, meaning in (
        (
            "--starttime",
            -math.inf,
            "only the records from this time on, UTC, e.g. 2014-08-24T00:01",
        ),
        ("--endtime", math.inf, "only the records before this time, UTC: no window reaches it"),
    ):
        parser.add_argument(name, type=utc_time, default=default, metavar="ISO", help=meaning)


def utc_time(text: str) -> float:
    """Return the seconds since 1970 UTC of a time on the command line."""
    try:
        return parse_iso(text)
    except ValueError:
        message = f"takes a time such as 2014-08-24T00:01, not '{text}'"
        raise argparse.ArgumentTypeError(message) from None


def in_range(
    kind: type[int] | type[float], least: float = 0, most: float = LARGEST, above: float = -math.inf
) -> Callable[[str], Any]:
    """Return what turns the text of an argument into a number of a range.

    Parameters
    ----------
    kind : type
        int for a whole number, or float.
    least, most : float, optional
        The range, ends included.
    above : float, optional
        What the number must be greater than, in place of ``least``.
    """
    what = "a whole number" if kind is int else "a number"
    limits = f"from {least:g} to {most:g}" if most < LARGEST else f"of {least:g} or more"
    limits = f"above {above:g}" if above > -math.inf else limits

    def convert(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = math.nan
        if not (least <= value <= most and value > above):
            raise argparse.ArgumentTypeError(f"takes {what} {limits}, not '{text}'")
        return value

    return convert


def told(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return a parser of an argument, of which argparse tells what its ValueErrors say."""

    def convert(text: str) -> Any:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return convert


def _path(text: str) -> Path:
    """Return a path; of an empty one, as of a shell's variable that is not set, Path makes '.'."""
    if not text:
        raise argparse.ArgumentTypeError("takes a file or a folder, not ''")
    return Path(text)


def plain_name(text: str) -> str:
    """Return a file's name given on the command line; one with a folder would go elsewhere."""
    if Path(text).name != text:
        raise argparse.ArgumentTypeError(f"takes a plain name, no path, not '{text}'")
    return text


def load_settings(args: argparse.Namespace) -> Settings:
    """Return the settings of a parsed command line and print those that are not the default.

    Those that a checkpoint decides are printed only where they are given.
    """
    keys = args.config_keys + args.checkpoint_keys
    values = {key: getattr(args, key) for key in keys if getattr(args, key) is not None}
    settings = configuration.load(values, args.config_file_path)
    shown = args.config_keys + [key for key in args.checkpoint_keys if key in settings.given]
    print(configuration.describe_settings(settings, shown), flush=True)
    return settings


def say(line: str) -> None:
    """Print a line that may hold names and paths from outside."""
    print(printable(line), flush=True)


def run(main: Callable[[], None]) -> None:
    """Call ``main`` and turn what the user can put right into one line and exit status 1."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # not in a notebook, nor in a test
            stream.reconfigure(errors=ESCAPED)
    try:
        with _interrupts_noted() as interrupts:
            main()
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except (Exception, KeyboardInterrupt) as error:
        if interrupts or isinstance(error, KeyboardInterrupt):
            print("stopped", file=sys.stderr)
            sys.exit(130)
        message = _for_the_user(error)
        if not message:
            raise
        sys.stdout.flush()
        print(f"error: {printable(message)}", file=sys.stderr)
        sys.exit(1)


@contextmanager
def _interrupts_noted() -> Iterator[list[int]]:
    """Yield a list that holds each Ctrl-C: TensorFlow makes errors of its own of some of them.

    What is written to stderr after the first one is lost: TensorFlow prints tracebacks there where
    it is interrupted in the middle of an import of its own.
    """
    noted: list[int] = []
    stderr = sys.stderr

    def interrupt(number: int, _: FrameType | None) -> NoReturn:
        noted.append(number)
        sys.stderr = io.StringIO()
        raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # what runs in the background may be deaf to it
        signal.signal(signal.SIGINT, interrupt)
    try:
        yield noted
    finally:
        sys.stderr = stderr
        if before is signal.default_int_handler:
            signal.signal(signal.SIGINT, before)


def _for_the_user(error: BaseException) -> str:
    """Return what the user can put right; empty where the error is a defect."""
    if isinstance(error, DeepQuakeError):
        return str(error)
    if isinstance(error, MemoryError) or type(error).__name__ == OUT_OF_MEMORY:
        return TOO_LARGE
    if isinstance(error, ModuleNotFoundError):
        package = (error.name or "deepquake").partition(".")[0]
        return "" if package == "deepquake" else f"the package '{package}' is not there: {ACTIVATE}"
    if not isinstance(error, OSError):
        return ""
    what = error.strerror or str(error)
    if error.filename is None:
        # What has a file's name is about the user's files; what a disk tells may come without one.
        return what if error.errno in (*WRITING_ERRORS, errno.EIO, errno.ESTALE) else ""
    if isinstance(error, FileExistsError) and Path(error.filename).is_symlink():
        target = Path(error.filename).resolve()
        what = f"is a link to {target}, which is not there; make that folder, or remove the link"
    elif isinstance(error, FileExistsError):
        what = "is a file, where a folder is to be"  # Python opens or makes nothing else twice
    return f"{error.filename}: {what}"


def _program() -> str:
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    name = spec.name.removesuffix(".__main__") if spec else ""
    return f"python -m {name}" if name else Path(sys.argv[0]).name


def _add_setting(group: Any, key: str, default: str) -> None:
    declared = DECLARED[key]
    kind = "0|1" if declared.kind is bool else declared.kind.__name__.upper()
    metavar = "|".join(declared.choices) or kind
    meaning = f"{declared.meaning} {default}".replace("%", "%%")
    group.add_argument(f"--{key}", metavar=metavar, type=_value_of(key), help=meaning)


def _value_of(key: str) -> Callable[[str], Any]:
    def convert(text: str) -> Any:
        try:
            return configuration.parse_value(key, text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{error}, not '{text}'") from None

    return convert

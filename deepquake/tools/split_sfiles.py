"""Split a Nordic file of many events into one file per event, with SEISAN's names.

Rarely needed now: step 0 reads files of any number of events. It is of use to bring a catalogue
back into a SEISAN data base. The lines of each event are written as they stand.

Example:
  python -m deepquake.tools.split_sfiles --stream_path arrival_times.txt --output_dir sfiles
"""

from collections.abc import Iterator
from pathlib import Path

from deepquake.catalog.events import Event
from deepquake.catalog.nordic.blocks import event_blocks
from deepquake.catalog.nordic.reader import event_of, is_nordic
from deepquake.catalog.nordic.writer import sfile_name
from deepquake.core import cli
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import decode_text, read_bytes, whole_file
from deepquake.core.report import Departures, Report
from deepquake.core.text import number_of
from deepquake.core.times import compact, parse_iso


def main() -> None:
    """Run the tool from the command line."""
    parser = cli.make_parser(__doc__)
    parser.add_argument("--stream_path", required=True, type=Path, help="the Nordic file to split")
    parser.add_argument("--output_dir", required=True, type=Path, help="folder to write")
    args = parser.parse_args()

    report = Report()
    taken: dict[str, bytes] = {}
    for event, content in events_with_text(args.stream_path, report):
        taken[_free_name(event, taken)] = content
    if not taken:
        raise DeepQuakeError(f"{args.stream_path}: holds no event; nothing written")
    for name, content in taken.items():
        path = args.output_dir / name
        if path.exists() and path.read_bytes() != content:
            raise DeepQuakeError(f"{path}: exists with other content: give another --output_dir")
    for name, content in taken.items():
        with whole_file(args.output_dir / name, lasting=False) as temporary:
            temporary.write_bytes(content)
    report.print_summary(everything=True)
    cli.say(f"wrote {number_of(len(taken), 'file')} to {args.output_dir}")


def events_with_text(path: Path, report: Report) -> Iterator[tuple[Event, bytes]]:
    """Yield each event of a Nordic file and its lines, in the encoding of the file.

    Parameters
    ----------
    path : Path
        The file.
    report : Report
        Is told what departs from the format, and which lines are left out.

    Yields
    ------
    tuple of Event and bytes
        The event and the content of an s-file of it.

    Raises
    ------
    DeepQuakeError
        Where the file cannot be read or is not a Nordic file.
    """
    content = read_bytes(path)
    text = decode_text(content)
    if not is_nordic(text):
        raise DeepQuakeError(f"{path}: is not a Nordic file")
    is_utf8 = content.decode("utf-8", "ignore").encode("utf-8") == content
    encoding = "utf-8" if is_utf8 else "latin-1"
    lines = text.removesuffix("\n").split("\n")
    departures = Departures(str(path), report)
    for block in event_blocks(lines, departures):
        event = event_of(block, departures)
        if event is None:
            departures.skip(block.first, f"lines to {block.last} are of no event: in no file")
            continue
        body = [line for line in lines[block.first - 1 : block.last] if line.strip()]
        yield event, "\n".join([*body, " " * 80, ""]).encode(encoding)


def _free_name(event: Event, taken: dict[str, bytes]) -> str:
    """Return SEISAN's name for the event; like SEISAN, a second later where that is taken."""
    name = sfile_name(event)
    while name in taken:
        stamp = f"{name[-6:]}{name[:2]}T{name[3:7]}{name[8:10]}"
        event.event_id = compact(parse_iso(stamp) + 1)
        name = sfile_name(event)
    return name


if __name__ == "__main__":
    cli.run(main)

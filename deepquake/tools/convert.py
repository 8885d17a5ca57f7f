"""Write catalogues and picks in the formats of other programs.

Reads whatever step 0 reads, a file or a folder: s-files, QuakeML, tables, picks.csv of step 6 ...
Writes QuakeML, SeisComP's XML, a Nordic file, catalog.json; phases for NonLinLoc (.obs) and HypoDD
(.pha), with the stations beside them; PhaseNet's table of picks, QuakeFlow's of events and picks;
picks and stations for GaMMA and PyOcto. The ending of --output_path tells the format, or --format
does. Stations are those of --stations_path, or of the list that lies with the input.

Example:
  python -m deepquake.tools.convert --input_path input/demo/sfiles_nordicformat \\
      --stations_path input/demo/stations.csv --output_path output/demo/events.pha
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from deepquake.core import cli
from deepquake.core.errors import DeepQuakeError

if TYPE_CHECKING:
    from deepquake.core.report import Report
    from deepquake.core.settings import Settings
    from deepquake.tools.bridges.arrivals import Conversion

KEYS = ["stations_path", "elevation_positive", "elevation_unit", "workers", "dask_address", "debug"]


def main() -> None:
    """Write what the command line asks for."""
    from deepquake.tools.bridges.formats import WRITTEN_FORMATS, format_of_name, writer_of

    parser = cli.make_parser(__doc__, KEYS)
    add = parser.add_argument
    add("--input_path", required=True, type=Path, help="file of events or picks, or folder of them")
    add("--output_path", required=True, type=Path, help="file to write; of some formats a folder")
    by_ending = "what to write (default: what the ending of --output_path tells)"
    add("--format", choices=sorted(WRITTEN_FORMATS), help=by_ending)
    args = parser.parse_args()
    settings = cli.load_settings(args)

    from deepquake.core.locks import hold
    from deepquake.core.progress import nothing_collected
    from deepquake.core.report import Report

    name = args.format or format_of_name(args.output_path)
    if not name:
        told = {ending: key for key, endings in WRITTEN_FORMATS.items() for ending in endings}
        known = ", ".join(f"{ending} ({key})" for ending, key in told.items())
        folders = ", ".join(key for key, endings in WRITTEN_FORMATS.items() if not endings)
        raise DeepQuakeError(
            f"{args.output_path}: its ending tells no format; endings are {known}; or --format, "
            f"such as one of those that are a folder: {folders}"
        )
    _check_output(args.input_path, args.output_path, is_file=bool(WRITTEN_FORMATS[name]))
    report = Report()
    with hold(args.output_path.parent, args.output_path.name), nothing_collected():
        given = conversion_of(args.input_path, args.output_path, settings, report=report)
        try:
            written = writer_of(name)(given)
        finally:  # where nothing can be written, what was left out says why
            report.print_summary(settings.run.debug)
    cli.say(f"wrote {args.output_path} ({name}): {written}")


def conversion_of(source: Path, path: Path, settings: Settings, report: Report) -> Conversion:
    """Read events and stations; picks get the codes that their stations have in the list.

    Parameters
    ----------
    source : Path
        A file of any format that step 0 reads, or a folder of them.
    path : Path
        What is to be written; what lies there is not read.
    settings : Settings
        Where the list of stations is, if not with the input, and how to read it.
    report : Report
        Is told what was odd and what was left out.

    Returns
    -------
    Conversion
        What is to be written.

    Raises
    ------
    DeepQuakeError
        Where there is no event, or the list of stations can't be read.
    """
    from deepquake.catalog.events import arrange
    from deepquake.catalog.reader import read_files
    from deepquake.core.files import files_below
    from deepquake.core.text import number_of
    from deepquake.earth.codes import match_to_list
    from deepquake.earth.places import places_by_code
    from deepquake.earth.stations import Station, find_stations_file, read_stations
    from deepquake.tools.bridges.arrivals import Conversion

    of, whole = settings.arrivals, path.resolve()
    listed = Path(of.stations_path) if of.stations_path else find_stations_file(source)
    passed = [whole] if listed is None else [whole, listed.resolve()]
    files = [
        file
        for file in files_below(source, report=report)
        if not any(file.resolve().is_relative_to(other) for other in passed)
    ]
    stations: list[Station] = []
    if listed is not None:
        try:
            stations = read_stations(
                listed, of.elevation_positive, report, elevation_unit=of.elevation_unit
            )
        except DeepQuakeError as error:
            if of.stations_path:
                raise
            report.note(listed, f"is not used: {error}")
    catalog = read_files(
        files, report, run=settings.run, places_of=lambda: places_by_code(stations)
    )
    if not catalog.events:
        report.print_summary(settings.run.debug)
        raise DeepQuakeError(f"{source}: no event and no pick in {number_of(len(files), 'file')}")
    if stations:
        stations = match_to_list(catalog.events, stations, report, path=source)
    return Conversion(arrange(catalog.events), stations, source=source, path=path, report=report)


def _check_output(source: Path, path: Path, is_file: bool) -> None:
    """Refuse to write over what is read, a file over a folder, or the other way around."""
    if path.resolve() == source.resolve() or source.resolve().is_relative_to(path.resolve()):
        raise DeepQuakeError(f"{path}: would be written over while it is read; give another name")
    if is_file and path.is_dir():
        raise DeepQuakeError(f"{path}: is a folder, and this format is a file; give another name")
    if not is_file and path.is_file():
        raise DeepQuakeError(f"{path}: is a file, and this format is a folder; give another name")


if __name__ == "__main__":
    cli.run(main)

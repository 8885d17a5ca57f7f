"""Step 0: read event catalogues and picks, and write them as one catalog.json.

Reads a file or every file of a folder, at any depth: Nordic (SEISAN) s-files of both formats,
with one or many events each; QuakeML and every other format ObsPy reads; tables of events or of
picks (CSV and the like); files of HYPO71, HYPOINVERSE, HypoDD, NonLinLoc and REAL; catalog.json
files. Formats are told apart by content, a folder may mix them, and an event that is in two files
is merged. Of what step 6 found, --review reviewed uses only what a person has touched since.

Picks without events are put together by time and by the distances of their stations, whose list is
--stations_path or the stations.csv that lies with the picks.

Example:
  python step0_metadata.py --input_path input/demo/sfiles_nordicformat \\
      --output_path output/demo/catalog.json
"""

import os
from pathlib import Path

from deepquake.core import cli

KEYS = ["stations_path", "elevation_positive", "workers", "dask_address", "debug"]


def main() -> None:
    """Run step 0 from the command line."""
    parser = cli.make_parser(__doc__, KEYS)
    parser.add_argument(
        "--input_path", required=True, type=Path, help="catalogue file, or folder of them"
    )
    parser.add_argument("--output_path", required=True, type=Path, help="the catalog.json to write")
    parser.add_argument(
        "--pattern", default="*", help="only files whose name matches, e.g. '*.S2014*'"
    )
    parser.add_argument(
        "--strict",
        type=int,
        choices=(0, 1),
        default=0,
        help="1: any departure from the Nordic format is an error (default: it is reported)",
    )
    parser.add_argument(
        "--review",
        choices=("all", "reviewed"),
        default="all",
        help="reviewed: use only events and picks that a person has touched (default: all)",
    )
    args = parser.parse_args()
    settings = cli.load_settings(args)

    from deepquake.catalog.catalog_json import check_replaceable, write_catalog_json
    from deepquake.catalog.reader import describe_catalog, read_files
    from deepquake.core.errors import DeepQuakeError
    from deepquake.core.files import files_below
    from deepquake.core.locks import hold
    from deepquake.core.progress import nothing_collected
    from deepquake.core.report import Report
    from deepquake.core.text import number_of

    report = Report()
    check_replaceable(args.output_path)
    files = files_below(args.input_path, args.pattern, report)
    if not files:
        raise DeepQuakeError(f"{args.input_path}: holds no file that matches '{args.pattern}'")
    output = os.path.realpath(args.output_path)
    files = [file for file in files if os.path.realpath(file) != output]

    def places_of() -> dict[str, tuple[float, float]]:
        from deepquake.earth.places import find_places  # with NumPy, which few catalogues need

        return find_places(args.input_path, settings.arrivals, report)

    # a catalogue is millions of small objects without cycles
    with hold(args.output_path.parent, args.output_path.name), nothing_collected():
        catalog = read_files(
            files,
            report,
            strict=bool(args.strict),
            only_reviewed=args.review == "reviewed",
            run=settings.run,
            places_of=places_of,
        )
        if catalog.events:
            write_catalog_json(args.output_path, catalog.events)
        print(describe_catalog(catalog), flush=True)
        report.print_summary(settings.run.debug)
    if not catalog.events:
        raise DeepQuakeError(
            f"{args.input_path}: no event in {number_of(len(files), 'file')}; nothing written"
        )
    cli.say(f"wrote {args.output_path}")


if __name__ == "__main__":
    cli.run(main)

"""Take in a data set of SeisBench's format, or write one.

import makes of a data set (metadata.csv and waveforms.hdf5, or chunks of them) a folder that steps
2 and 3 take, such as step 1 makes of a network's archive. export writes what steps 1 to 3 hold, the
records around events and of noise with their arrivals, as such a data set; with --picks_path it
writes the picks of step 6 as SeisBench writes its own. docs/seisbench.md tells more.

Example:
  python -m deepquake.tools.seisbench import --input_dir input/public \\
      --output_dir output/public/prep
  python -m deepquake.tools.seisbench export --prep_data_dir output/demo/prep \\
      --output_dir output/demo/seisbench
"""

from pathlib import Path

from deepquake.core import cli
from deepquake.core.errors import DeepQuakeError
from deepquake.core.locks import hold

KEYS = [
    *("window_size", "window_stride", "pwave_window", "sampling_rate", "allow_upsampling"),
    *("window_avoid_negatives_before", "window_avoid_negatives_after", "window_avoid_unpicked"),
    *("window_stride_negatives", "max_windows", "min_pick_score", "training_window"),
    *("test_fraction", "validation_fraction", "split_by", "event_kinds", "random_seed"),
    *("stations_path", "elevation_positive", "elevation_unit"),
    *("workers", "dask_address", "debug"),
]
SET_PICKS_NAME = "seisbench_picks.csv"


def main() -> None:
    """Do what the command line asks for."""
    parser = cli.make_parser(__doc__, KEYS)
    add = parser.add_argument
    add("action", choices=("import", "export"), help="take a data set in, or write one")
    add("--input_dir", type=Path, help="import: the data set")
    add("--prep_data_dir", type=Path, help="export: folder of step 1")
    add("--picks_path", type=Path, help="export: picks.csv of step 6")
    add("--output_dir", required=True, type=Path, help="folder to write")
    args = parser.parse_args()
    if args.action == "import" and not args.input_dir:
        raise DeepQuakeError("import needs --input_dir: the folder of the data set")
    if args.action == "export" and not (args.prep_data_dir or args.picks_path):
        raise DeepQuakeError("export needs --prep_data_dir or --picks_path: what to write")
    foreign = ("prep_data_dir", "picks_path") if args.action == "import" else ("input_dir",)
    if given := [name for name in foreign if getattr(args, name)]:
        raise DeepQuakeError(f"{args.action} takes no --{given[0]}")
    settings = cli.load_settings(args)

    from deepquake.windows import index, room

    if args.action == "import":
        from deepquake.tools.sets.importing import import_set

        with hold(args.output_dir, room.LOCKED_AS):
            prepared = import_set(args.input_dir, args.output_dir, settings)
        print(prepared.text())
        cli.say(f"index: {args.output_dir / index.INDEX_NAME}")
        prepared.report.print_summary(settings.run.debug)
        return

    from deepquake.tools.sets import exporting

    with hold(args.output_dir, "data set"):
        if args.prep_data_dir:
            done = exporting.export_set(args.prep_data_dir, args.output_dir, settings)
            parts = ", ".join(f"{done.counts[key]} to {key}" for key in ("train", "dev", "test"))
            events, noise = done.counts["earthquake"], done.counts["noise"]
            print(f"traces written: {events} of events, {noise} of noise ({parts})")
            for reason, number in done.left_out.most_common():
                print(f"  left out: {number} ({reason})")
            cli.say(f"  in {args.output_dir}")
            done.report.print_summary(settings.run.debug)
        if args.picks_path:
            n_picks = exporting.write_set_picks(args.picks_path, args.output_dir / SET_PICKS_NAME)
            cli.say(f"{n_picks} picks written to {args.output_dir / SET_PICKS_NAME}")


if __name__ == "__main__":
    cli.run(main)

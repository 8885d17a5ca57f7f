"""Look at a data set before anything else: what is in it, what fits together, what is odd.

Prints which stations, channels, spans, rates and gaps there are, which events have waveforms and
picks and which do not, and what to do next. Writes the whole account (report.txt) and two
pictures (map.png, timeline.png) to --output_dir. Takes a folder with mseed/ and
sfiles_nordicformat/ in it, or any other: waveforms and catalogues are told by their content.
The commands train a UNet (experiments/config_unet.ini), which learns from picks when P and S
arrive; with --use_estimated_p 1, or a configuration file of your own, what these say.

Example:
  python -m deepquake.tools.check_dataset --dataset_dir input/demo
"""

from pathlib import Path

from deepquake.core import cli, configuration

ROWS_SHOWN = 30  # rows of a table and kinds of problems on the screen; report.txt has all


def main() -> None:
    """Give the account of what the command line names."""
    keys = (
        *("stations_path", "elevation_positive", "elevation_unit"),
        *("velocity_model_path", "mean_velocity"),
        *("sampling_rate", "sensor_order", "channel_map", "allow_upsampling"),
        *("window_size", "window_stride", "pwave_window"),
        *("window_avoid_negatives_before", "window_avoid_negatives_after", "window_avoid_unpicked"),
        *("min_pick_score", "use_estimated_p", "noise_without_event", "plot", "debug"),
    )
    parser = cli.make_parser(__doc__, keys)
    add = parser.add_argument
    add("--dataset_dir", required=True, type=Path, help="folder of the data set")
    add("--waveforms", type=Path, help="folder (or file) of waveforms, where it lies elsewhere")
    add("--catalog", type=Path, help="catalogue file or folder, where it lies elsewhere")
    add("--pattern", default="*", help="only waveform files whose name matches, e.g. '2014*'")
    add("--output_dir", type=Path, help="folder to write (output/DATASET/check)")
    looked = "station streams whose samples are looked at, 4 minutes of each at most (300)"
    add("--look_at", type=cli.in_range(int), default=300, help=looked)
    args = parser.parse_args()
    named = args.config_file_path or vars(args).get("use_estimated_p")
    if not named and configuration.UNET_SETTINGS.is_file():
        args.config_file_path = str(configuration.UNET_SETTINGS)
    settings = cli.load_settings(args)

    from deepquake.core.errors import DeepQuakeError
    from deepquake.core.files import write_text
    from deepquake.tools.check.account import account, odd
    from deepquake.tools.check.comparison import compare
    from deepquake.tools.check.dataset import open_dataset
    from deepquake.tools.check.onsets import look_at_onsets
    from deepquake.tools.check.slips import look_for_slip

    named = {"waveforms": args.waveforms, "catalogue": args.catalog, "pattern": args.pattern}
    data = open_dataset(args.dataset_dir, settings.records, settings.arrivals, **named)
    most = None if settings.run.debug else ROWS_SHOWN
    out = args.output_dir or Path("output", data.output_name, "check")
    if not data.is_of_use:
        write_text(out / "report.txt", odd(data) + "\n")
        print(f"\n{odd(data, most)}\n\nthe whole account: {out / 'report.txt'}", flush=True)
        raise DeepQuakeError(
            f"{args.dataset_dir}: neither a usable waveform nor an event in it (why: see above); "
            "--waveforms and --catalog name folders elsewhere"
        )
    check = compare(data, settings, args.look_at)
    look_at_onsets(check, args.look_at)
    look_for_slip(check, args.look_at)
    print(f"\n{account(check, most)}\n", flush=True)
    write_text(out / "report.txt", account(check) + "\n")
    cli.say(f"the whole account: {out / 'report.txt'}")
    if settings.run.plot:
        from deepquake.tools.check.pictures import draw_check_map, draw_check_timeline

        if draw_check_map(check, out / "map.png"):
            cli.say(f"map: {out / 'map.png'}")
        else:
            print("map: none, as no event has a location and no station has coordinates")
        draw_check_timeline(check, out / "timeline.png")
        cli.say(f"timeline: {out / 'timeline.png'}")


if __name__ == "__main__":
    cli.run(main)

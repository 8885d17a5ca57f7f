"""Step 1: cut station streams, and find their event and noise windows.

Reads the waveforms of --raw_data_dir (any format ObsPy reads, any folder depth) and the
catalogue of step 0. Writes to --prep_data_dir one station stream per station and recording
(mseed/), the window index windows.csv, and, where asked, each window as a file and pictures.

Example:
  python step1_windows.py --raw_data_dir input/demo/mseed --catalog_path output/demo/catalog.json \\
      --prep_data_dir output/demo/prep --window_size 10
"""

from pathlib import Path

from deepquake.core import cli

KEYS = [
    *("window_size", "window_stride", "pwave_window"),
    *("window_avoid_negatives_before", "window_avoid_negatives_after", "window_avoid_unpicked"),
    *("mean_velocity", "velocity_model_path", "stations_path"),
    *("elevation_positive", "elevation_unit"),
    *("window_stride_negatives", "max_windows", "estimated_p_uncertainty"),
    *("min_pick_score", "use_estimated_p", "noise_without_event", "sampling_rate", "sensor_order"),
    *(
        "channel_map",
        "allow_upsampling",
        "save_windows",
        "save_sac",
        "plot",
        "plot_windows",
        "workers",
        "dask_address",
        "debug",
    ),
]


def main() -> None:
    """Run step 1 from the command line."""
    parser = cli.make_parser(__doc__, KEYS)
    parser.add_argument(
        "--raw_data_dir", required=True, type=Path, help="folder (or file) of waveforms"
    )
    parser.add_argument("--catalog_path", required=True, type=Path, help="catalog.json of step 0")
    parser.add_argument("--prep_data_dir", required=True, type=Path, help="folder to write")
    parser.add_argument(
        "--pattern", default="*", help="only files whose name matches, e.g. '2014*'"
    )
    parser.add_argument("--station", default="", help="only this station")
    cli.add_time_arguments(parser)
    parser.add_argument(
        "--noise_catalog_path",
        type=Path,
        help="a second, complete catalogue: noise keeps away from its events too",
    )
    args = parser.parse_args()
    settings = cli.load_settings(args)

    from deepquake.core.locks import hold
    from deepquake.windows import preparation, room

    with hold(args.prep_data_dir, room.LOCKED_AS):
        summary = preparation.prepare(
            settings,
            raw_data=args.raw_data_dir,
            catalog_path=args.catalog_path,
            prep_dir=args.prep_data_dir,
            pattern=args.pattern,
            station=args.station,
            starttime_s=args.starttime,
            endtime_s=args.endtime,
            noise_catalog_path=args.noise_catalog_path,
        )
    print(summary.text())
    cli.say(f"index: {args.prep_data_dir / 'windows.csv'}")
    summary.report.print_summary(settings.run.debug)


if __name__ == "__main__":
    cli.run(main)

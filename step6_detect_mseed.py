"""Step 6: find arrivals and events in recordings with a trained network.

Reads waveforms of any length (any format ObsPy reads, any folder depth) and the checkpoint of
step 4; components, filter and classes are the network's. Writes to OUTPUT_DIR: picks.csv (arrivals
of P and S), events.csv (what they amount to: arrivals that one source explains, located where the
places of the stations are known), the same for other programs as events.xml (QuakeML) and seisan/
(s-files and the records around each event), report.html (one page of it all), detections.csv (P,
and for how long the station was in alarm), detect.json (counts) and pictures (png/); of a network
of windows also for each input file STEM.csv (the windows that hold an event; files that follow upon
each other are one stream, and in the table of the first). With a catalogue, matches.csv says which
picks were found or missed and which arrivals are false, and detect.json holds the scores. With
--annotate 1 the probabilities are written to probabilities/ (miniSEED).

With --follow 1 the records are still coming in: files of the folder grow and are added. What is
found is written to OUTPUT_DIR/YYYY-MM-DD/, a folder of each day, again and again. With --seedlink
the records are received from a SeedLink server, and put into this folder.

Example:
  python step6_detect_mseed.py --stream_path input/demo/continuous/mseed \\
      --checkpoint_dir output/demo/checkpoints --output_dir output/demo/detect \\
      --catalog_path output/demo/continuous.json
"""

import time
from math import isfinite
from pathlib import Path

from deepquake.core import cli
from deepquake.core.text import utc

KEYS = [
    *("window_step_predict", "max_windows", "detection_threshold", "alarms_per_day"),
    *("pick_tolerance", "min_stations", "min_picks", "min_pairs", "annotate", "plot", "workers"),
    *("dask_address", "debug", "stations_path", "elevation_positive", "elevation_unit"),
    *("mean_velocity", "velocity_model_path", "use_estimated_p", "window_avoid_unpicked"),
    *("window_avoid_negatives_before", "window_avoid_negatives_after", "pwave_window"),
    *("vp_vs_ratio", "ml_log_distance", "ml_distance", "ml_constant", "counts_per_mm"),
    *("event_waveforms", "sensor_order", "channel_map", "allow_upsampling", "min_pick_score"),
    *("follow", "follow_interval", "follow_late", "follow_silent"),
]


def main() -> None:
    """Run step 6 from the command line."""
    from deepquake.waveforms.seedlink.request import parse_server, parse_stations

    parser = cli.make_parser(__doc__, KEYS, cli.NETWORK_KEYS)
    parser.add_argument(
        "--stream_path", required=True, type=Path, help="folder (or file) of waveforms"
    )
    parser.add_argument(
        "--checkpoint_dir",
        required=True,
        type=Path,
        help="folder of the trained network; pretrained: the one that comes with DeepQuake",
    )
    parser.add_argument(
        "--region_checkpoint_dir",
        type=Path,
        help="with a UNet: folder of a ConvNetQuake that tells the region of each P",
    )
    parser.add_argument("--output_dir", required=True, type=Path, help="folder to write")
    parser.add_argument(
        "--catalog_path", type=Path, help="catalog.json to hold the detections against"
    )
    parser.add_argument(
        "--clusters_file_path", type=Path, help="region file (JSON), for the map and its scores"
    )
    parser.add_argument(
        "--pattern", default="*", help="only files whose name matches, e.g. '2014*'"
    )
    parser.add_argument("--station", default="", help="only this station")
    cli.add_time_arguments(parser)
    server = "with --follow 1: SeedLink server whose records are received into --stream_path"
    parser.add_argument("--seedlink", type=cli.told(parse_server), metavar="HOST:PORT", help=server)
    parser.add_argument(
        "--seedlink_stations",
        type=cli.told(parse_stations),
        metavar="LIST",
        help="which of its stations, such as 'CH_DAVOX,GE_*:HH?'; '' is the only one it has",
    )
    args = parser.parse_args()
    if (args.seedlink is None) != (args.seedlink_stations is None):
        parser.error("--seedlink and --seedlink_stations go together")
    if args.endtime <= args.starttime:
        parser.error("--endtime must be later than --starttime")
    settings = cli.load_settings(args)
    if args.seedlink is not None and not settings.detection.follow:
        parser.error("--seedlink goes with --follow 1")

    from deepquake.core.locks import hold
    from deepquake.detection.following.following import follow_records, why_not_followed
    from deepquake.detection.run import DetectionRequest, detect
    from deepquake.learning.spec import checkpoint_folder

    request = DetectionRequest(
        stream_path=args.stream_path,
        checkpoint_dir=checkpoint_folder(args.checkpoint_dir),
        output_dir=args.output_dir,
        region_checkpoint_dir=args.region_checkpoint_dir,
        catalog_path=args.catalog_path,
        clusters_path=args.clusters_file_path,
        pattern=args.pattern,
        station=args.station,
        starttime_s=args.starttime,
        endtime_s=args.endtime,
    )
    if settings.detection.follow and (why := why_not_followed(request, settings)):
        parser.error(why)
    with hold(args.output_dir, "detections"):
        if args.seedlink is not None:
            from deepquake.waveforms.seedlink.receiving import SeedlinkRequest, receiving

            source = SeedlinkRequest(
                address=args.seedlink,
                stations=args.seedlink_stations,
                folder=args.stream_path,
                sensors=settings.records.sensors,
                begin_s=args.starttime if isfinite(args.starttime) else None,
            )
            with receiving(
                source, lambda line: cli.say(f"{utc(time.time())} {line}")
            ) as check_source:
                follow_records(request, settings, check_source)
            return
        if settings.detection.follow:
            follow_records(request, settings)
            return
        summary = detect(request, settings)
    print(summary.text())
    summary.report.print_summary(settings.run.debug)


if __name__ == "__main__":
    cli.run(main)

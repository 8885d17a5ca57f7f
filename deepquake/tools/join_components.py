"""Join waveform files into one miniSEED file per station stream.

Rarely needed now: steps 1 and 6 put together what belongs together by themselves, and step 1
leaves these same files in its folder mseed/. This is for other programs that want them.

Example:
  python -m deepquake.tools.join_components --stream_path input/archive --output_dir output/joined
"""

from pathlib import Path

from deepquake.core import cli
from deepquake.core.locks import hold
from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.core.text import number_of


def main() -> None:
    """Join what the command line names."""
    keys = ("sampling_rate", "sensor_order", "channel_map", "allow_upsampling", "debug")
    parser = cli.make_parser(__doc__, keys)
    add = parser.add_argument
    add("--stream_path", required=True, type=Path, help="file or folder of waveforms")
    add("--output_dir", required=True, type=Path, help="folder of the joined files")
    add("--pattern", default="*", help="only files whose name matches, e.g. '2014*'")
    add("--station", default="", help="only these stations, between commas")
    args = parser.parse_args()
    settings = cli.load_settings(args)

    from deepquake.waveforms.reading import write_stream
    from deepquake.waveforms.scan import find_recordings

    report, debug = Report(), settings.run.debug
    which = {"pattern": args.pattern, "station": args.station, "debug": debug}
    recordings = find_recordings(args.stream_path, settings.records, report, **which)
    n_written = 0
    with hold(args.output_dir, "joined files"):
        for recording in progress(recordings, len(recordings), "station streams"):
            path = args.output_dir / f"{recording.name}.mseed"
            write_stream(recording, path, report)
            if path.stat().st_size:
                n_written += 1
            else:  # nothing of it could be read, as the report says
                path.unlink()
    n_files = len({path for recording in recordings for path in recording.paths()})
    streams = number_of(n_written, "station stream")
    cli.say(f"{number_of(n_files, 'file')} joined into {streams} in {args.output_dir}")
    report.print_summary(debug)


if __name__ == "__main__":
    cli.run(main)

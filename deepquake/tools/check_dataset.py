"""Look at a data set before anything else: what is in it, what fits together, what is odd.

Prints which stations, channels, spans, rates and gaps there are, which events have waveforms and
picks and which do not, and what to do next. Writes the whole account (report.txt) and two
pictures (map.png, timeline.png) to --output_dir. Takes a folder with mseed/ and
sfiles_nordicformat/ in it, or any other: waveforms and catalogues are told by their content.

Example:
  python -m deepquake.tools.check_dataset --dataset_dir input/demo
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from deepquake.core import cli

if TYPE_CHECKING:
    from deepquake.tools.check.comparison import Check

KEYS = [
    *("stations_path", "elevation_positive", "velocity_model_path", "mean_velocity"),
    *("sampling_rate", "sensor_order", "allow_upsampling"),
    *("window_size", "window_stride", "pwave_window"),
    *("window_avoid_negatives_before", "window_avoid_negatives_after", "window_avoid_unpicked"),
    *("use_estimated_p", "noise_without_event", "plot", "debug"),
]


def main() -> None:
    """Give the account of what the command line names."""
    parser = cli.make_parser(__doc__, KEYS)
    add = parser.add_argument
    add("--dataset_dir", required=True, type=Path, help="folder of the data set")
    add("--waveforms", type=Path, help="folder (or file) of waveforms, where it lies elsewhere")
    add("--catalog", type=Path, help="catalogue file or folder, where it lies elsewhere")
    add("--pattern", default="*", help="only waveform files whose name matches, e.g. '2014*'")
    add("--output_dir", type=Path, help="folder to write (output/DATASET/check)")
    add(
        "--look_at",
        type=int,
        default=300,
        help="station streams whose samples are looked at, 4 minutes of each at most (300)",
    )
    args = parser.parse_args()
    config = cli.load_settings(args)

    from deepquake.core.files import write_text
    from deepquake.tools.check.account import SHOWN, account
    from deepquake.tools.check.comparison import check
    from deepquake.tools.check.dataset import open_dataset

    data = open_dataset(args.dataset_dir, config, args.waveforms, args.catalog, args.pattern)
    result = check(data, data.with_model(config), args.look_at)
    out = args.output_dir or Path("output", data.name, "check")
    print(f"\n{account(result, config, None if config.debug else SHOWN)}\n", flush=True)
    write_text(out / "report.txt", account(result, config, None) + "\n")
    print(f"the whole account: {out / 'report.txt'}")
    if config.plot:
        draw(result, out)


def draw(check: Check, out: Path) -> None:
    """Draw the map, where any place is known, and the timeline."""
    from deepquake.tools.check.pictures import draw_places, draw_times

    if draw_places(check, out / "map.png"):
        print(f"map: {out / 'map.png'}")
    else:
        print("map: none, as no event has a location and no station has coordinates")
    draw_times(check, out / "timeline.png")
    print(f"timeline: {out / 'timeline.png'}")


if __name__ == "__main__":
    cli.run(main)

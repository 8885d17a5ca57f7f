"""Step 3: write the noise windows of step 1 as TFRecords for training and testing.

With --hard_negatives it writes what step 6 took for events and was none, in a file beside the noise
of step 1: the rows of matches.csv (or detections.csv) that a person calls false, in a column
'verdict' that anyone can fill, or, where nobody has, that the catalogue of step 6 does. It must be
complete then.

Example:
  python step3_tfrecords_neg.py --prep_data_dir output/demo/prep \\
      --tfrecords_dir output/demo/tfrecords --window_size 10
  python step3_tfrecords_neg.py --hard_negatives output/demo/detect/matches.csv \\
      --stream_path input/demo/continuous/mseed --tfrecords_dir output/demo/tfrecords
"""

from pathlib import Path

from deepquake.core import cli
from deepquake.core.errors import DeepQuakeError

KEYS = [
    *("window_size", "component_Z", "component_N", "component_E", "filter_highpass"),
    *("filter_lowpass", "test_fraction", "split_by", "random_starts", "balance"),
    *("random_seed", "event_kinds", "sampling_rate", "model", "training_window", "workers"),
    *("window_stride", "pwave_window", "window_avoid_negatives_before"),
    *("window_avoid_negatives_after", "sensor_order", "channel_map", "allow_upsampling"),
    *("dask_address", "debug"),
]


def main() -> None:
    """Run step 3 from the command line."""
    parser = cli.make_parser(__doc__, KEYS)
    cli.add_dataset_arguments(parser, of_step1=False)
    parser.add_argument(
        "--hard_negatives", type=Path, metavar="CSV", help="table of step 6: learn its false rows"
    )
    parser.add_argument(
        "--stream_path", type=Path, help="with --hard_negatives: the records that were searched"
    )
    args = parser.parse_args()
    settings = cli.load_settings(args)
    hard, source = args.hard_negatives, args.stream_path or args.prep_data_dir
    if hard and not args.stream_path:
        raise DeepQuakeError("--hard_negatives needs --stream_path: the records of that search")
    if not hard and not args.prep_data_dir:
        raise DeepQuakeError("--prep_data_dir is needed: the folder of step 1")

    from deepquake.core.locks import hold
    from deepquake.windows import dataset, origins
    from deepquake.windows.examples import hard_negatives

    if hard:
        name = hard_negatives.name_of_hard_negatives(hard, source)
    else:
        name = origins.name_of_prepared(source)
    request = dataset.DatasetRequest(
        source, args.tfrecords_dir, name=args.file_name or name, pattern=args.pattern
    )
    with hold(args.tfrecords_dir, f"negative-{request.name}.tfrecords"):
        if hard:
            written = hard_negatives.write_hard_negatives(request, hard, settings)
        else:
            written = dataset.write_negatives(request, settings)
        written.print("noise")


if __name__ == "__main__":
    cli.run(main)

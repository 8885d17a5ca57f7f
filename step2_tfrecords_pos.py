"""Step 2: write the event windows of step 1 as TFRecords for training and testing.

Example:
  python step2_tfrecords_pos.py --prep_data_dir output/demo/prep \\
      --tfrecords_dir output/demo/tfrecords --window_size 10
"""

from pathlib import Path

from deepquake.core import cli

KEYS = [
    *("window_size", "component_Z", "component_N", "component_E", "filter_highpass"),
    *("filter_lowpass", "pwave_window", "test_fraction", "split_by", "random_starts"),
    *("random_placements", "event_kinds", "random_seed", "sampling_rate", "n_clusters", "model"),
    *("training_window", "workers", "dask_address", "debug"),
]


def main() -> None:
    """Run step 2 from the command line."""
    parser = cli.make_parser(__doc__, KEYS)
    cli.add_dataset_arguments(parser)
    parser.add_argument(
        "--clusters_file_path", type=Path, help="region file (JSON): source region of each event"
    )
    args = parser.parse_args()
    settings = cli.load_settings(args)

    from deepquake.core.locks import hold
    from deepquake.windows import dataset, origins

    request = dataset.DatasetRequest(
        args.prep_data_dir,
        args.tfrecords_dir,
        name=args.file_name or origins.name_of_prepared(args.prep_data_dir),
        pattern=args.pattern,
        clusters_path=args.clusters_file_path,
    )
    with hold(args.tfrecords_dir, f"positive-{request.name}.tfrecords"):
        dataset.write_positives(request, settings).print("event")


if __name__ == "__main__":
    cli.run(main)

"""Step 3: write the noise windows of step 1 as TFRecords for training and testing.

Example:
  python step3_tfrecords_neg.py --prep_data_dir output/demo/prep \\
      --tfrecords_dir output/demo/tfrecords --window_size 10
"""

from deepquake.core import cli

KEYS = [
    *("window_size", "component_Z", "component_N", "component_E", "filter_highpass"),
    *("filter_lowpass", "test_fraction", "split_by", "balance", "random_seed"),
    *("event_kinds", "sampling_rate", "model", "training_window", "workers", "dask_address"),
    "debug",
]


def main() -> None:
    """Run step 3 from the command line."""
    parser = cli.make_parser(__doc__, KEYS)
    cli.add_dataset_arguments(parser)
    args = parser.parse_args()
    settings = cli.load_settings(args)

    from deepquake.core.locks import hold
    from deepquake.windows import dataset, origins

    request = dataset.DatasetRequest(
        args.prep_data_dir,
        args.tfrecords_dir,
        name=args.file_name or origins.name_of_prepared(args.prep_data_dir),
        pattern=args.pattern,
    )
    with hold(args.tfrecords_dir, f"negative-{request.name}.tfrecords"):
        dataset.write_negatives(request, settings).print("noise")


if __name__ == "__main__":
    cli.run(main)

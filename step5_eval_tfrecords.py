"""Step 5: evaluate a trained network on the test windows.

Reads the test TFRecords of steps 2 and 3 (or ConvNetQuake's) and the checkpoint of step 4.
Writes OUTPUT_DIR/eval.json, the same to output/eval_...json (for the table of all results), and
pictures to OUTPUT_DIR: confusion matrix, precision-recall and ROC curve, the worst mistakes. For a
UNet the arrivals are held against the readings, one to one, with pictures of how far they are from
these and of what their scores mean.

Example:
  python step5_eval_tfrecords.py --tfrecords_dir output/demo/tfrecords/test \\
      --checkpoint_dir output/demo/checkpoints --output_dir output/demo/eval
"""

from pathlib import Path

from deepquake.core import cli

KEYS = ["detection_threshold", "alarms_per_day", "pick_tolerance", "plot", "debug"]


def main() -> None:
    """Run step 5 from the command line."""
    parser = cli.make_parser(__doc__, KEYS, cli.NETWORK_KEYS)
    parser.add_argument(
        "--tfrecords_dir", required=True, type=Path, help="folder of test TFRecords, .../test"
    )
    parser.add_argument(
        "--checkpoint_dir",
        required=True,
        type=Path,
        help="folder of the trained network; pretrained: the one that comes with DeepQuake",
    )
    parser.add_argument("--output_dir", required=True, type=Path, help="folder to write")
    parser.add_argument(
        "--dataset", default="", help="name in the results (default: from tfrecords_dir)"
    )
    parser.add_argument(
        "--experiment", default="", help="name in the results (default: checkpoint_dir)"
    )
    parser.add_argument("--round", default="1", help="name of the run in the results (default: 1)")
    parser.add_argument(
        "--clusters_file_path", type=Path, help="region file (JSON): with --catalog_path, a map"
    )
    parser.add_argument("--catalog_path", type=Path, help="catalog.json: where the events are")
    args = parser.parse_args()
    if (args.clusters_file_path is None) != (args.catalog_path is None):
        parser.error("the map needs both --clusters_file_path and --catalog_path")
    settings = cli.load_settings(args)

    from deepquake.core.locks import hold

    with hold(args.output_dir, "evaluation"):
        # with TensorFlow, which takes long to load
        from deepquake.catalog.catalog_json import read_catalog_json
        from deepquake.core.files import write_json
        from deepquake.earth.region_files import load_regions
        from deepquake.learning import evaluation, pictures

        evaluated = evaluation.evaluate(settings, args.tfrecords_dir, args.checkpoint_dir)
        if args.catalog_path:  # what is wrong with them is seen before anything is written
            catalog = read_catalog_json(args.catalog_path)
            regions = load_regions(args.clusters_file_path, evaluated.spec.n_clusters)
        values = evaluation.results(
            evaluated,
            dataset=args.dataset or evaluation.dataset_name(args.tfrecords_dir),
            round_name=args.round,
            experiment=args.experiment or args.checkpoint_dir.as_posix(),
        )
        print(evaluation.summary(values))
        evaluated.store.report.print_summary(settings.run.debug)
        with evaluation.new_evaluation(args.output_dir) as folder:
            drawn = pictures.draw_scores(evaluated, values, folder) if settings.run.plot else []
            if args.catalog_path:
                path = folder / evaluation.REGION_PICTURE
                pictures.draw_region_map(evaluated, catalog=catalog, regions=regions, path=path)
                drawn.append(path)
            write_json(folder / evaluation.RESULT_NAME, values)
            listed = evaluation.add_to_all_results(values, args.output_dir)
        for path in drawn:
            cli.say(f"picture: {args.output_dir / path.name}")
        for path in (args.output_dir / evaluation.RESULT_NAME, listed):
            cli.say(f"results: {path}")


if __name__ == "__main__":
    cli.run(main)

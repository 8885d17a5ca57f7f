"""Step 4: train a network on the TFRecords of steps 2 and 3.

Example:
  python step4_train.py --tfrecords_dir output/demo/tfrecords \\
      --checkpoint_dir output/demo/checkpoints --n_clusters 2 --window_size 10
"""

import sys
from contextlib import nullcontext
from pathlib import Path

from deepquake.core import cli

KEYS = [
    *("n_clusters", "window_size", "component_Z", "component_N", "component_E", "sampling_rate"),
    *("filter_highpass", "filter_lowpass", "normalization", "model", "num_conv_layers", "ksize"),
    *("conv_stride", "pooling", "pooling_window", "pooling_stride", "num_fc_layers", "fc_size"),
    *("batch_norm", "learning_rate", "learning_rate_decay", "learning_rate_warmup"),
    *("weight_average", "weight_decay"),
    *("batch_size", "display_step", "checkpoint_step", "max_checkpoint_step", "resume"),
    *("validation_fraction", "augment_noise_std", "augment_mix_noise", "augment_snr_min"),
    *("augment_snr_max", "augment_polarity", "augment_amplitude", "augment_dead_component"),
    *("augment_stretch", "augment_squeeze", "augment_superpose", "augment_one_component"),
    *("augment_swap_horizontals", "augment_burst", "augment_spike", "augment_gap", "phases"),
    *("training_window", "unet_levels", "unet_channels", "unet_ksize", "unet_stride"),
    *("unet_stem_stride", "pwave_window", "window_stride", "window_stride_negatives"),
    *("pick_tolerance", "random_seed", "plot", "debug"),
]


def main() -> None:
    """Run step 4 from the command line."""
    parser = cli.make_parser(__doc__, KEYS)
    parser.add_argument(
        "--tfrecords_dir",
        required=True,
        type=Path,
        help="folder of the TFRecords: its train/, or itself, holds positive/ and negative/",
    )
    parser.add_argument(
        "--checkpoint_dir",
        required=True,
        type=Path,
        help="folder for the trained network, its logs and the picture of the training",
    )
    parser.add_argument(
        "--initial_checkpoint_dir",
        type=Path,
        help="start from the weights of the network in this folder, of the same layers; "
        "pretrained: of the one that comes with DeepQuake",
    )
    args = parser.parse_args()
    settings = cli.load_settings(args)

    from deepquake.core import workers
    from deepquake.core.locks import hold
    from deepquake.learning import devices, training
    from deepquake.learning.spec import checkpoint_folder
    from deepquake.learning.store import open_part

    workers.share_cores(1, settings.network.model)
    strategy = devices.choose_strategy()
    writes = hold(args.checkpoint_dir, "checkpoints") if devices.is_chief() else nullcontext()
    try:
        with writes:
            store = open_part(args.tfrecords_dir, "train")
            if devices.is_chief():
                store.report.print_summary(settings.run.debug)
            initial = args.initial_checkpoint_dir
            training.train(
                store,
                settings,
                args.checkpoint_dir,
                strategy=strategy,
                initial=initial and checkpoint_folder(initial),
            )
    except training.Stopped as stopped:
        print(stopped, file=sys.stderr)
        sys.exit(128 + stopped.signal_number)
    if not devices.is_chief():
        return
    cli.say(f"trained network: {args.checkpoint_dir}")
    if settings.run.plot:
        cli.say(f"picture of the training: {args.checkpoint_dir / 'training.png'}")
    cli.say(f"TensorBoard: tensorboard --logdir {args.checkpoint_dir / 'logs'}")


if __name__ == "__main__":
    cli.run(main)

"""Write of a trained network what is needed to use it, or to start another from: to give away.

The folder it makes is a checkpoint folder for steps 5 and 6, and for --initial_checkpoint_dir of
step 4. It holds model.json and the weights to three digits (float16), with which it finds
the same; what only going on with the training needs is left out.

Example:
  python -m deepquake.tools.export_network --checkpoint_dir output/demo/checkpoints \\
      --output_dir output/demo/network
"""

from pathlib import Path

from deepquake.core import cli
from deepquake.core.errors import DeepQuakeError
from deepquake.core.locks import hold
from deepquake.core.text import size_of


def main() -> None:
    """Export what the command line names."""
    parser = cli.make_parser(__doc__, ("debug",))
    add = parser.add_argument
    add("--checkpoint_dir", required=True, type=Path, help="folder that step 4 wrote")
    add("--output_dir", required=True, type=Path, help="folder to write")
    args = parser.parse_args()
    cli.load_settings(args)
    if args.output_dir.resolve() == args.checkpoint_dir.resolve():
        raise DeepQuakeError(
            f"{args.output_dir}: is the folder of the training itself; give another --output_dir"
        )

    from deepquake.learning.checkpoints import export_network

    with hold(args.output_dir, "checkpoints"):
        n_bytes = export_network(args.checkpoint_dir, args.output_dir)
    cli.say(f"wrote {args.output_dir} ({size_of(n_bytes)})")


if __name__ == "__main__":
    cli.run(main)

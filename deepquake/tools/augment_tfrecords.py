"""Write varied copies of training windows, to train on as they are or with other software.

Each file of OUTPUT_DIR/train holds the windows of the file it was made from, then the copies; how
these are varied is what the configuration says (augment_..., as in step 4). Test windows are left
where they are.

Example (Gaussian noise, as ConvNetQuake's authors did):
  python -m deepquake.tools.augment_tfrecords --tfrecords_dir output/demo/tfrecords \\
      --output_dir output/demo/augmented --copies 2 --augment_noise_std 0.3 --augment_polarity 0
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from deepquake.core import cli
from deepquake.core.errors import DeepQuakeError
from deepquake.core.locks import hold
from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.core.settings import AugmentationSettings

AT_A_TIME = 512  # windows in memory


def main() -> None:
    """Run the tool from the command line."""
    keys = (
        *("augment_noise_std", "augment_mix_noise", "augment_snr_min", "augment_snr_max"),
        *("augment_polarity", "augment_amplitude", "augment_dead_component", "augment_stretch"),
        *("random_seed", "debug"),
    )
    parser = cli.make_parser(__doc__, keys)
    add = parser.add_argument
    add("--tfrecords_dir", required=True, type=Path, help="as given to step 4")
    add("--output_dir", required=True, type=Path, help="a folder for the new set")
    add("--copies", type=cli.in_range(int, 1), default=1, help="of each window (default: 1)")
    args = parser.parse_args()
    settings = cli.load_settings(args)
    augmentation, seed = settings.augmentation, settings.run.random_seed
    with hold(args.output_dir, "varied copies"):
        windows, copies = augment_files(
            *(args.tfrecords_dir, args.output_dir),
            copies=args.copies,
            settings=augmentation,
            seed=seed,
        )
    cli.say(f"{windows} windows and {copies} varied copies written to {args.output_dir / 'train'}")


def augment_files(
    tfrecords_dir: Path, output_dir: Path, *, copies: int, settings: AugmentationSettings, seed: int
) -> tuple[int, int]:
    """Write each training file with varied copies.

    Parameters
    ----------
    tfrecords_dir, output_dir : Path
        The data set to read, and the one to write.
    copies : int
        How many of each window.
    settings : AugmentationSettings
        How they are varied.
    seed : int
        Decides what is drawn.

    Returns
    -------
    tuple of int
        How many windows and copies there are.

    Raises
    ------
    DeepQuakeError
        Where there is nothing to vary, no recorded noise to add, what is there is for a UNet, or
        the output would fall onto the input.
    """
    import numpy as np

    from deepquake.learning.augmentation import augment, check_augmentation, varies
    from deepquake.learning.store import example_of, open_part
    from deepquake.windows import origins
    from deepquake.windows.tfrecords import NOISE, Example, write_examples

    check_augmentation(settings)
    if not varies(settings):
        raise DeepQuakeError("every augment_... key is 0: there is nothing to vary")
    folder = tfrecords_dir / "train" if (tfrecords_dir / "train").is_dir() else tfrecords_dir
    target = output_dir / "train"
    if target.resolve() == folder.resolve():
        raise DeepQuakeError(f"{target}: is where the windows come from; give another --output_dir")
    store = open_part(tfrecords_dir, "train")
    paths = store.paths
    if any(inside is not None for inside in store.arrivals):
        raise DeepQuakeError(
            f"{folder}: holds excerpts for a UNet, which step 4 cuts and varies anew in each step"
        )
    if store.signature.n_traces == 1 and not varies(replace(settings, augment_dead_component=0.0)):
        raise DeepQuakeError(
            f"{folder}: augment_dead_component needs windows of two components or more, and these "
            "have one: there is nothing to vary"
        )
    all_noise = np.flatnonzero(store.labels == NOISE)
    if settings.augment_mix_noise and not len(all_noise):
        raise DeepQuakeError(f"{folder}: holds no noise window to add (augment_mix_noise)")

    def _with_copies(indices: np.ndarray, rng: np.random.Generator) -> Iterator[Example]:
        """Yield the windows as they are, then each copy of them."""
        for copy in range(copies + 1):
            for first in range(0, len(indices), AT_A_TIME):
                some = indices[first : first + AT_A_TIME]
                windows, noise = store.gather(some), None
                if copy:
                    if settings.augment_mix_noise:
                        noise = store.gather(rng.choice(all_noise, len(some)))
                    p_samples = store.p_samples(some)
                    windows = augment(windows, noise, p_samples, settings=settings, rng=rng)
                for index, window in zip(some, windows, strict=True):
                    yield example_of(store, index, window)

    targets = {path: target / path.relative_to(folder) for path in paths}
    made_from = {path: origins.origin_or_itself(path) for path in paths}
    for path in paths:
        origins.check_targets(
            [targets[path]],
            made_from[path],
            folder,
            report=Report(),  # the files beside it are of the same data set
            options="--output_dir another folder",
        )
    total = 0
    for number, path in enumerate(progress(paths, len(paths), "TFRecord files")):
        indices = np.flatnonzero(store.files == number)
        examples = _with_copies(indices, np.random.default_rng((seed, number)))
        if len(indices):
            origins.write_origin(targets[path], made_from[path])
            total += write_examples(targets[path], examples)
    store.report.print_summary()
    return len(store), total - len(store)


if __name__ == "__main__":
    cli.run(main)

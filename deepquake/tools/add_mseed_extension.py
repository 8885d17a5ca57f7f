"""Give miniSEED files without an extension the extension .mseed.

Rarely needed now: all steps tell a waveform file by its content, whatever its name. This is for
other programs that go by names. Files are renamed where they are; what is not a miniSEED file,
ends in .mseed already, or lies in a folder that is a link is left alone.

Example:
  python -m deepquake.tools.add_mseed_extension --input_path input/archive --dry_run 1
"""

from pathlib import Path

from deepquake.core import cli
from deepquake.core.report import Report
from deepquake.core.text import number_of

EXTENSION = ".mseed"


def main() -> None:
    """Rename what the command line names."""
    parser = cli.make_parser(__doc__)
    add = parser.add_argument
    add("--input_path", required=True, type=Path, help="folder (or file)")
    add("--dry_run", type=int, choices=(0, 1), default=0, help="1: only say what would be done")
    args = parser.parse_args()

    from deepquake.core.files import files_below
    from deepquake.waveforms.mseed import looks_like_mseed

    report = Report()
    n_renamed = n_others = 0
    for path in files_below(args.input_path, report=report, follow_links=False):
        with path.open("rb") as file:
            is_mseed = looks_like_mseed(file.read(48))
        target = path.with_name(path.name + EXTENSION)
        if not is_mseed or path.suffix.lower() == EXTENSION:
            n_others += 1
        elif target.exists():
            report.skip(path, f"{target.name} is there already")
        else:
            cli.say(f"{path} -> {target.name}")
            n_renamed += 1
            if not args.dry_run:
                path.rename(target)
    renamed = f"{number_of(n_renamed, 'file')} {'would be ' * args.dry_run}renamed"
    print(f"{renamed}, {n_others} left as they are")
    report.print_summary()


if __name__ == "__main__":
    cli.run(main)

"""The campaign of faults: python tests/faults/run.py [--minutes N] [--seed S] [NAME ...]

Does to every step what may happen to it: kills it at random instants, damages each kind of file it
reads, fills the disk, takes permissions and inputs away, runs it twice at once. A step is never
to lose a result, hang, or end with a traceback; run again, it makes the same bytes as undisturbed.

Without --minutes each kind is tried as often as the tests do. A seed gives the same cases again,
but for instants by the clock. What fails keeps its folder, and the command that repeats it.
"""

import argparse
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.faults.bench import Bench, Trial, set_up, temporary_folder  # noqa: E402
from tests.faults.kinds import KINDS  # noqa: E402


def main() -> None:
    """Try what the command line asks for; exit status 1 where anything is wrong."""
    listed = "\n".join(f"  {kind.name:20} {kind.what}" for kind in KINDS.values())
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=f"names:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help="kinds of cases, or the begin of their names")
    add("--minutes", type=float, help="go on for so long, all kinds in turn")
    add("--seed", type=int, default=1, help="decides all cases (1)")
    add("--case", type=int, help="only this case of each kind, to repeat it")
    add("--list", action="store_true", help="list the kinds")
    args = parser.parse_args()
    if args.list:
        print(listed)
        return
    names = [name for name in KINDS if not args.names or name.startswith(tuple(args.names))]
    if not names:
        parser.error(f"no kind of that name; there are {', '.join(KINDS)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # tidies up
    folder = temporary_folder()
    try:
        with set_up(folder) as bench:
            failed = campaign(bench, folder, names, args.seed, minutes=args.minutes, case=args.case)
    except KeyboardInterrupt:
        sys.exit(130)
    if failed:
        print(f"{failed} cases failed; what they left: {folder}")
        sys.exit(1)
    shutil.rmtree(folder)


def campaign(
    bench: Bench,
    folder: Path,
    names: Sequence[str],
    seed: int,
    minutes: float | None = None,
    case: int | None = None,
) -> int:
    """Try kinds of cases and print what was tried; return how many failed.

    Parameters
    ----------
    bench : Bench
        Where the steps run.
    folder : Path
        Where the cases have their folders.
    names : sequence of str
        The kinds.
    seed : int
        Decides the cases.
    minutes : float, optional
        For how long; else each kind is tried as often as it says.
    case : int, optional
        The only case of each kind that is tried.
    """
    end = time.monotonic() + 60 * minutes if minutes else None
    tried, skipped, failed = Counter[str](), {}, 0
    try:
        for number in [case] if case is not None else count():
            due = [name for name in names if minutes or case is not None or number < KINDS[name].n]
            for name in [] if end and time.monotonic() > end else due:
                trial = try_case(bench, folder, name, seed, number)
                if trial.skipped:
                    skipped[name] = trial.skipped
                    continue
                tried[name] += 1
                failed += bool(trial.wrong)
                if end and time.monotonic() > end:
                    break
            if not due or end and time.monotonic() > end:
                break
    finally:
        for name in names:
            print(
                f"{name:20} {tried[name]:5}"
                + (f"  not tried: {skipped[name]}" if name in skipped else "")
            )
        print(f"{sum(tried.values())} cases, {failed} failed")
    return failed


def try_case(bench: Bench, folder: Path, name: str, seed: int, number: int) -> Trial:
    """Try one case; what failed is printed and keeps its folder.

    Parameters
    ----------
    bench : Bench
        Where the steps run.
    folder : Path
        Where the case has its folder.
    name : str
        The kind.
    seed, number : int
        Decide the case.
    """
    place = folder / name / str(number)
    trial = KINDS[name].attempt(bench, Random(f"{seed} {name} {number}"), place)
    if trial.wrong:
        print(f"FAILED: python tests/faults/run.py --seed {seed} --case {number} {name}")
        print(f"  {trial.tried}\n  in {place}")
        for text in trial.wrong:
            print(f"  - {text}")
        sys.stdout.flush()
    else:
        shutil.rmtree(place, ignore_errors=True)
    return trial


if __name__ == "__main__":
    main()

"""Steps that are killed at some instant, over nothing or an older result, and run again."""

import hashlib
import signal
import time
from pathlib import Path
from random import Random

from deepquake.learning.checkpoints import STARTED_OVER
from tests.faults.bench import Bench, Trial
from tests.faults.checks import faults_of, lost, mixed, unlike
from tests.faults.stages import VARIANTS, Step, contents, leftovers, new_case, of_one_result

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
ENDS = {  # or 0, where it had ended already
    signal.SIGKILL: (-signal.SIGKILL,),
    signal.SIGTERM: (-signal.SIGTERM, 128 + signal.SIGTERM),
    signal.SIGINT: (-signal.SIGINT, 128 + signal.SIGINT),
}
LATE = 1.2  # of the time it takes: some are killed at the very end, or not at all


def kill(bench: Bench, draw: Random, folder: Path, step: Step) -> Trial:
    """Kill a step at a random instant, look at what is there, and run it again.

    Parameters
    ----------
    bench : Bench
        Where the steps run, and what they make undisturbed.
    draw : Random
        Decides the instant, the signal, the options and what is there already.
    folder : Path
        The folder of the case, to be made.
    step : Step
        The step.
    """
    variant, older = draw.choice(VARIANTS), draw.choice(["", *VARIANTS])
    workers = draw.choice((1, 2)) if step.workers else 1
    number = draw.choice(SIGNALS)
    usual = bench.usual[step.name, variant]
    before = bench.usual[step.name, older].contents if older else {}
    case = new_case(bench.reference, folder, step, older)
    argv = step.argv(variant, workers)
    if draw.random() < 0.5:
        instant = draw.randint(1, usual.changes)
        at = {"change": instant, "signal": int(number)}
        killed = bench.server.begin(argv, case, "killed", at=at)
        when = f"before change {instant} of the disk"
    else:
        killed = bench.server.begin(argv, case, "killed")
        instant_s = draw.uniform(0, LATE * usual.seconds)
        time.sleep(instant_s)
        killed.signal(number, group=number == signal.SIGINT)
        when = f"after {instant_s:.3f} s"
    done = killed.wait()
    over = f"over {older}" if older else "over nothing"
    tried = f"{' '.join(argv)}: {signal.Signals(number).name} {when}, {over}, then again"
    wrong = []
    # Ctrl-C before the last line of the script, which calls the step: Python tells that by itself
    if "KeyboardInterrupt" not in done.stderr or "cli.run(main)" in done.stderr:
        wrong += [f"killed: {text}" for text in faults_of(done, (0, *ENDS[number]))]
    if (number != signal.SIGKILL or draw.random() < 0.7) and not killed.wait_for_workers():
        wrong.append("its workers live on")
    if step.name != "step4":  # which has checkpoints: see below
        wrong += lost(with_waiting(case, step, usual.contents), before, usual.contents)
    results = [of_one_result(some) for some in (before, usual.contents)]
    wrong += mixed(of_one_result(contents(case, step.outputs)), *results)
    wrong += readable(bench, case, step, bool(older), usual.contents, before)
    resumes = step.name == "step4" and draw.random() < 0.5
    # what was killed before it did anything leaves the older run to go on with
    resumes &= not older or has_begun(case, step, before)
    argv += ["--resume", "1"] if resumes else []
    return Trial(tried, [*wrong, *again(bench, case, step, argv, variant)])


def has_begun(case: Path, step: Step, before: dict[str, str]) -> bool:
    """Tell whether a run of step 4 that was killed had begun to train.

    Parameters
    ----------
    case : Path
        The folder of the run.
    step : Step
        Step 4.
    before : dict of str to str
        Digests of the files of the older run.
    """
    marks = [case / name / STARTED_OVER for name in step.outputs]
    return any(mark.exists() for mark in marks) or contents(case, step.outputs) != before


def with_waiting(case: Path, step: Step, newer: dict[str, str]) -> dict[str, str]:
    """Return the files of a failed run, and new ones that wait in a hidden folder for their turn.

    Parameters
    ----------
    case : Path
        The folder of the run.
    step : Step
        Which step failed.
    newer : dict of str to str
        Digests of the files of its result.
    """
    hidden = [case / name for name in leftovers(case, step.outputs)]
    waiting = {hashlib.sha256(path.read_bytes()).hexdigest() for path in hidden if path.is_file()}
    found = {name: digest for name, digest in newer.items() if digest in waiting}
    return found | contents(case, step.outputs)


def readable(
    bench: Bench, case: Path, step: Step, must: bool, *results: dict[str, str]
) -> list[str]:
    """Return what the next step finds wrong with what a failed one has left.

    Step 1's folder is completed by whoever reads it, and is then one of the ``results``.

    Parameters
    ----------
    bench : Bench
        Where the steps run.
    case : Path
        The folder of the failed run.
    step : Step
        Which step failed.
    must : bool
        Whether there is a result to be read.
    *results : dict of str to str
        Digests of the files of complete results.
    """
    if step.name == "step1":
        argv = ["step2_tfrecords_pos.py", "--prep_data_dir", "prep", "--tfrecords_dir", "read"]
    elif step.name == "step4":
        tf = str(bench.reference / "all" / "tf" / "test")
        argv = ["step5_eval_tfrecords.py", "--tfrecords_dir", tf, "--checkpoint_dir", "net"]
        argv += ["--output_dir", "read", "--plot", "0"]
    else:
        return []
    done = bench.server.run(argv, case, "read")
    wrong = [f"read by the next step: {text}" for text in faults_of(done, (0,) if must else (0, 1))]
    if step.name == "step1" and done.status == 0:
        found = contents(case, step.outputs)
        if found not in results:
            wrong += [f"then {text}" for text in unlike(found, results[0])]
    return wrong


def again(bench: Bench, case: Path, step: Step, argv: list[str], variant: str) -> list[str]:
    """Return what is wrong with a second, undisturbed run in the folder of a case.

    Parameters
    ----------
    bench : Bench
        Where the steps run, and what they make undisturbed.
    case : Path
        The folder.
    step : Step
        The step.
    argv : list of str
        Its command.
    variant : str
        Which of its variants that is.
    """
    done = bench.server.run(argv, case)
    wrong = faults_of(done, (0,))
    expected, found = bench.usual[step.name, variant].contents, contents(case, step.outputs)
    if "--resume" in argv:  # the curves have a point where it was stopped
        last = max(name for name in expected if name.endswith(".npz"))
        found, expected = ({last: some.get(last, "")} for some in (found, expected))
    wrong += unlike(found, expected)
    usual = leftovers(bench.reference / variant / step.name, step.outputs)
    if hidden := set(leftovers(case, step.outputs)) - set(usual):
        wrong.append(f"leaves {', '.join(sorted(hidden))}")
    return [f"again: {text}" for text in wrong]

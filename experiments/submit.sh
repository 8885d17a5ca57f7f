#!/usr/bin/env bash
# Submit the cycle of steps for each experiment to the cluster's batch system (Slurm or Grid
# Engine, whichever is here) and print the job numbers. From the project's folder:
#
#   bash experiments/submit.sh [OPTION...] EXPERIMENT.ini...
#
#   --dry_run          submit nothing; show the commands and the job scripts
#   --array            one job per experiment for the whole cycle, as one job array; without it
#                      one job per step: 0, then 1, then 2 and 3, then 4, then 5 and 6
#   --from STEP        start with this step; the results of the earlier ones are there already
#   --resume           start with step 4, which goes on from its newest checkpoint
#   --scheduler NAME   slurm or sge
#
# The data are those of input/DATASET, the results go to output/DATASET/EXPERIMENT, the logs to
# its folder logs. Set DATASET (default: demo) and the other variables of experiments/step.sh
# before the command: REGIONS, STREAMS, CATALOG, DEEPQUAKE_PYTHON. Options of sbatch or qsub:
#   BATCH_OPTIONS      of every job, e.g. "--account=geo --partition=short --time=4:00:00"
#   TRAIN_OPTIONS      of step 4 besides, e.g. "--gres=gpu:1 --partition=gpu"
#
# Example:  DATASET=demo bash experiments/submit.sh experiments/config_test_model1.ini
set -euo pipefail
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

fail() {
    echo "error: $*" >&2
    exit "${status:-1}"
}

dry_run='' array='' first=0 scheduler=''
experiments=()
while [ $# -gt 0 ]; do
    case $1 in
        --dry_run) dry_run=1 ;;
        --array) array=1 ;;
        --from) first=${2:-}; shift ;;
        --resume) first=4; export RESUME=1 ;;
        --scheduler) scheduler=${2:-}; shift ;;
        --help | -h) sed -n '2,/^set /s/^# \{0,1\}//p' "$project/experiments/submit.sh"; exit ;;
        -*) status=2 fail "unknown option $1; see --help" ;;
        *)
            [ -f "$1" ] || fail "$1: no such file"
            path=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
            experiments+=("${path#"$project"/}")
            ;;
    esac
    shift || status=2 fail "the last option needs a value; see --help"
done
[ ${#experiments[@]} -gt 0 ] || status=2 fail "name at least one EXPERIMENT.ini; see --help"
[[ $first =~ ^[0-6]$ ]] || status=2 fail "--from takes a step from 0 to 6, not '$first'"
[ -z "$array" ] || [ "$first" = 0 ] || status=2 fail "--array is the whole cycle: not with --from"
cd "$project"

if [ -z "$scheduler" ]; then
    if command -v sbatch > /dev/null; then scheduler=slurm
    elif command -v qsub > /dev/null; then scheduler=sge
    elif [ -n "$dry_run" ]; then scheduler=slurm
    else fail "neither sbatch nor qsub here: run this on the cluster's login node"; fi
fi
[ -d "experiments/$scheduler" ] || status=2 fail "--scheduler takes slurm or sge, not '$scheduler'"

data=input/${DATASET:-demo}
[ -d "$data/mseed" ] || fail "$data/mseed: no such folder; name your data set with DATASET=..."
names=()
for experiment in "${experiments[@]}"; do names+=("$(basename "$experiment" .ini)"); done
twice=$(printf '%s\n' "${names[@]}" | sort | uniq -d | head -n 1)
[ -z "$twice" ] || fail "two experiments are named $twice: both would write to the same folder"

if [ -z "$dry_run" ]; then
    # Once, here: compute nodes often have no network, and jobs would do it at the same time.
    [ -n "${DEEPQUAKE_PYTHON:-}" ] || source experiments/environment.sh
    # A wrong key should show now, not after hours in the queue.
    ${DEEPQUAKE_PYTHON:-.venv/bin/python} -c 'import sys; from deepquake.core import cli, config
cli.run(lambda: [config.load({}, path) for path in sys.argv[1:]])' "${experiments[@]}"
fi

# withdraw NAME: end because this job was refused, and leave no half of a chain in the queue.
submitted=()
withdraw() {
    local cancel=scancel
    [ "$scheduler" = slurm ] || cancel='qdel'
    [ ${#submitted[@]} = 0 ] || "$cancel" "${submitted[@]}"
    fail "$scheduler refused $1 (see above); the jobs before it are withdrawn: ${submitted[*]:-none}"
}

# submit NAME LOG WAIT_FOR COMMAND...: set job to the number of the job submitted. LOG has @ for
# that number, WAIT_FOR is a list of numbers with colons between them.
submit() {
    local command=() name=$1 log=$2 wait_for=$3
    shift 3
    if [ "$scheduler" = slurm ]; then
        command=(sbatch --parsable "--job-name=$name")
        if [ -n "$array" ]; then
            command+=("--output=${log/@/%A}" "--array=1-${#experiments[@]}")
        else
            command+=("--output=${log/@/%j}")
        fi
        [ -z "$wait_for" ] ||
            command+=("--dependency=afterok:$wait_for" --kill-on-invalid-dep=yes)
    else
        command=(qsub -terse -N "$name" -o "${log/@/\$JOB_ID}" -V)
        [ -z "$array" ] || command+=(-t "1-${#experiments[@]}")
        [ -z "$wait_for" ] || command+=(-hold_jid "${wait_for//:/,}")
    fi
    if [ -n "$dry_run" ]; then
        job="JOB-$name"
        printf '%q ' "${command[@]}" "$@" # quoted, to be pasted into a shell
        echo
    else
        mkdir -p "$(dirname "$log")"
        job=$("${command[@]}" "$@") || withdraw "$name"
        job=${job%%[;.]*} # sbatch may add ";CLUSTER", qsub ".1-2:1" to an array
        submitted+=("$job")
        echo "$job  $name  log: ${log/@/$job}"
    fi
}

export DATASET=${DATASET:-demo} task=0
script=experiments/$scheduler/step.sh
if [ -n "$array" ]; then
    script=experiments/$scheduler/cycle.sh
    # shellcheck disable=SC2086  # one option a word
    submit deepquake-cycle "output/$DATASET/logs/array-@.log" "" \
        ${BATCH_OPTIONS:-} "$script" "${experiments[@]}"
    [ -n "$dry_run" ] || for name in "${names[@]}"; do
        echo "       $name  log: output/$DATASET/$name/logs/cycle-${job}_$((++task)).log"
    done
else
    for experiment in "${experiments[@]}"; do
        name=$(basename "$experiment" .ini)
        jobs=()
        for step in 0 1 2 3 4 5 6; do
            [ "$step" -ge "$first" ] || continue
            case $step in
                0) after=() ;;
                1) after=("${jobs[0]-}") ;;
                2 | 3) after=("${jobs[1]-}") ;;
                4) after=("${jobs[2]-}" "${jobs[3]-}") ;;
                5 | 6) after=("${jobs[4]-}") ;;
            esac
            wait_for=$(IFS=:; echo "${after[*]-}" | sed 's/^:*//; s/:*$//')
            options=${BATCH_OPTIONS:-}
            [ "$step" != 4 ] || options="$options ${TRAIN_OPTIONS:-}"
            # shellcheck disable=SC2086
            submit "step$step-$name" "output/$DATASET/$name/logs/step$step-@.log" "$wait_for" \
                $options "$script" "$step" "$experiment"
            jobs[step]=$job
        done
    done
fi
if [ -n "$dry_run" ]; then
    printf '\n== %s\n' "$script"
    cat "$script"
fi

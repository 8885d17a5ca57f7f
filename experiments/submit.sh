#!/usr/bin/env bash
# Submit the cycle of steps of each run to the cluster's batch system (Slurm or Grid Engine,
# whichever is here) and print the job numbers. From the project's folder:
#
#   bash experiments/submit.sh [OPTION...] EXPERIMENT.ini...
#
#   --dry_run          submit nothing; show the commands and the job scripts
#   --array            one job per run for the whole cycle, as one job array; without it one
#                      job per step: 0, then 1, then 2 and 3, then 4, then 5 and 6
#   --from STEP        start with this step; the results of the earlier ones are there already
#   --resume           start with step 4, which goes on from its newest checkpoint
#   --scheduler NAME   slurm or sge
#
# A run is an experiment with what these variables, set before the command, say in place of the
# .ini; of several values, e.g. COMPONENTS="Z ZNE", all combinations are run.
#   COMPONENTS  components: Z, N, E or several in this order
#   CLASSES     numbers of classes: noise and each source region, e.g. "2 4 6"
#   MODELS      networks, e.g. "ConvNetQuake ConvNetQuake2"
#   ROUNDS      trainings of each, with these random seeds, e.g. "1 2 3"
# The data are those of input/DATASET, the results go to output/DATASET/RUN, the logs to its folder
# logs. RUN is the name of the .ini and what is set of these variables, e.g. study_10s_ZNE_CL4.
# Other variables are DATASET (default: demo) and, of experiments/step.sh, REGIONS, STREAMS,
# CATALOG, DEEPQUAKE_PYTHON. Options of sbatch or qsub:
#   BATCH_OPTIONS      of every job, e.g. "--account=geo --partition=short --time=4:00:00"
#   TRAIN_OPTIONS      of step 4 besides, e.g. "--gres=gpu:1 --partition=gpu"
#
# Examples:
#   DATASET=demo bash experiments/submit.sh experiments/config_test_model1.ini
#   COMPONENTS="Z ZNE" CLASSES="2 4 6" bash experiments/submit.sh --array experiments/study_*.ini
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

dry_run='' array='' first=0 scheduler=''
experiments=()
while [ $# -gt 0 ]; do
    case $1 in
        --dry_run) dry_run=1 ;;
        --array) array=1 ;;
        --from) first=${2:-}; shift ;;
        --resume) first=4; export RESUME=1 ;;
        --scheduler) scheduler=${2:-}; shift ;;
        --help | -h) show_help "${BASH_SOURCE[0]}"; exit ;;
        -*) usage "unknown argument $1" ;;
        *) add_experiment "$1" ;;
    esac
    shift || usage "the last option needs a value"
done
[ ${#experiments[@]} -gt 0 ] || usage "name at least one EXPERIMENT.ini"
[[ $first =~ ^[0-6]$ ]] || usage "--from takes a step from 0 to 6, not '$first'"
[ -z "$array" ] || [ "$first" = 0 ] || usage "--array is the whole cycle: not with --from or --resume"
[ -z "${REGIONS:-}" ] || [[ ${CLASSES:-} != *' '* ]] ||
    usage "REGIONS is a file for one number of classes, but CLASSES has several"
check_runs "${experiments[@]}"
cd "$project"

if [ -z "$scheduler" ]; then
    if command -v sbatch > /dev/null; then scheduler=slurm
    elif command -v qsub > /dev/null; then scheduler=sge
    elif [ -n "$dry_run" ]; then scheduler=slurm
    else fail "neither sbatch nor qsub here: run this on the cluster's login node"; fi
fi
[[ $scheduler =~ ^(slurm|sge)$ ]] || usage "--scheduler takes slurm or sge, not '$scheduler'"

data=input/${DATASET:-demo}
[ -d "$data/mseed" ] || fail "$data/mseed: no such folder; name your data set with DATASET=..."

if [ -z "$dry_run" ]; then
    # Once, here: compute nodes often have no network, and jobs would do it at the same time.
    [ -n "${DEEPQUAKE_PYTHON:-}" ] || source experiments/environment.sh
    # A wrong key should show now, not after hours in the queue.
    read -r -a python <<< "${DEEPQUAKE_PYTHON:-.venv/bin/python}"
    # check_run EXPERIMENT.ini
    # shellcheck disable=SC2046  # component_options prints several words
    check_run() {
        "${python[@]}" -m deepquake.tools.experiment --config_file_path "$1" $(component_options) \
            ${CLASSES:+--n_clusters "$CLASSES"} ${MODELS:+--model "$MODELS"} > /dev/null
    }
    for_each_run check_run "${experiments[@]}"
fi

# withdraw NAME: end because this job was refused, and leave no half of a chain in the queue.
submitted=()
withdraw() {
    local cancel=scancel
    [ "$scheduler" = slurm ] || cancel='qdel'
    [ ${#submitted[@]} = 0 ] || "$cancel" "${submitted[@]}"
    fail "$scheduler refused $1 (see above); the jobs before it are withdrawn: ${submitted[*]:-none}"
}

# submit NAME LOG WAIT_FOR COMMAND...: set job to the number of the job submitted. Its log is
# LOG-NUMBER.log, WAIT_FOR is a list of numbers with colons between them.
submit() {
    local command name=$1 log=$2 wait_for=$3 pattern settings=() variable
    shift 3
    if [ "$scheduler" = slurm ]; then
        command=(sbatch --parsable "--job-name=$name")
        pattern=${log//%/%%} # to sbatch, % stands before a letter
        if [ -n "$array" ]; then
            command+=("--output=$pattern-%A.log" "--array=1-$n_runs")
        else
            command+=("--output=$pattern-%j.log")
        fi
        [ -z "$wait_for" ] ||
            command+=("--dependency=afterok:$wait_for" --kill-on-invalid-dep=yes)
    else
        # Grid Engine takes few letters in a job's name; in that of a log , : and $ mean something
        [[ $log != *[,:\$]* ]] || log=output/logs/${log//[^[:alnum:]._+-]/_}
        command=(qsub -terse -N "${name//[^[:alnum:]._+-]/_}" -o "$log-\$JOB_ID.log" -V)
        [ -z "$array" ] || command+=(-t "1-$n_runs")
        [ -z "$wait_for" ] || command+=(-hold_jid "${wait_for//:/,}")
    fi
    if [ -n "$dry_run" ]; then
        job="JOB-$name"
        for variable in DATASET COMPONENTS CLASSES MODELS ROUNDS; do
            [ -z "${!variable:-}" ] || settings+=("$variable=${!variable}")
        done
        printf '%q ' env "${settings[@]}" "${command[@]}" "$@" # to be pasted into a shell
        echo
    else
        mkdir -p "$(dirname "$log")"
        job=$("${command[@]}" "$@") || withdraw "$name"
        job=${job%%[;.]*} # sbatch may add ";CLUSTER", qsub ".1-2:1" to an array
        submitted+=("$job")
        echo "$job  $name  log: $log-$job.log"
    fi
}

# submit_chain EXPERIMENT.ini: the jobs of a run.
submit_chain() {
    local name jobs=() after wait_for options step
    name=$(run_name "$1")
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
        # shellcheck disable=SC2086  # one option a word
        submit "step$step-$name" "$(run_folder "$1")/logs/step$step" "$wait_for" \
            $options "experiments/$scheduler/step.sh" "$step" "$1"
        jobs[step]=$job
    done
}

# show_log EXPERIMENT.ini: say where the log of a run of the array will be.
show_log() { echo "       $(run_name "$1")  log: $(run_folder "$1")/logs/cycle-${job}_$((++task)).log"; }

export DATASET=${DATASET:-demo}
if [ -n "$array" ]; then
    script=experiments/$scheduler/cycle.sh
    n_runs=$(($(for_each_run run_name "${experiments[@]}" | wc -l)))
    # shellcheck disable=SC2086
    submit deepquake-cycle "output/$DATASET/logs/array" "" \
        ${BATCH_OPTIONS:-} "$script" "${experiments[@]}"
    task=0
    [ -n "$dry_run" ] || for_each_run show_log "${experiments[@]}"
else
    script=experiments/$scheduler/step.sh
    for_each_run submit_chain "${experiments[@]}"
fi
if [ -n "$dry_run" ]; then
    printf '\n== %s\n' "$script"
    cat "$script"
fi

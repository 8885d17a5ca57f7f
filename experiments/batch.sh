# shellcheck shell=bash
# Sourced by the job scripts of experiments/slurm and experiments/sge, which say before
#
#   JOB           the job's number, the same when the job is started again
#   TIME_SIGNALS  signals by which the batch system warns that the time limit is near
#   STOP_SIGNALS  signals by which it ends the job (preemption, cancellation)
#   again         a function that puts the job back into the queue
#   STOP_COMMAND  sends SIGTERM to the step (default: kill)
#
# and call run_steps. On either kind of signal the step gets SIGTERM, on which step 4 writes a
# checkpoint before it ends. A job that is started again skips the steps it has finished and
# goes on with the training where it was.

source experiments/common.sh
child='' signal='' finished=''
for base in "${SLURM_TMPDIR:-}" "${TMPDIR:-}" /tmp; do
    [ ! -d "$base" ] || [ ! -w "$base" ] || break
done
scratch=$(mktemp -d "$base/deepquake.XXXXXX") # on the node's own disk; gone when the job ends
trap 'rm -rf "$scratch"' EXIT

stop_step() {
    signal=$1
    [ -z "$child" ] || ${STOP_COMMAND:-kill -TERM "$child"} 2> /dev/null || true
}
# shellcheck disable=SC2086
{
    trap 'stop_step time' $TIME_SIGNALS
    trap 'stop_step end' $STOP_SIGNALS
}

# log_to EXPERIMENT.ini: from here on, write to a log in the folder of the run's results.
log_to() {
    local log
    log=$(run_folder "$1")/logs/cycle-$JOB.log
    mkdir -p "$(dirname "$log")"
    echo "log: $log"
    exec >> "$log" 2>&1
}

# run_steps "STEP ..." EXPERIMENT.ini
run_steps() {
    local step status results mark
    results=$(run_folder "$2")
    mark=$results/logs/.job-$JOB
    mkdir -p "$results/logs"
    for step in $1; do
        if [ -e "$mark-done-$step" ]; then
            echo "== step $step was finished before the interruption"
            continue
        fi
        status=0
        run_step "$step" "$2" "$results" "$mark" || status=$?
        if [ "$status" != 0 ]; then
            echo "== step $step ended with status $status${signal:+, told to stop}"
            [ "$signal" != time ] || try_again "$step" "$results" "$mark"
            return "$status"
        fi
        touch "$mark-done-$step"
        finished=1
    done
    rm -f "$mark"-*
}

# run_step STEP EXPERIMENT.ini RESULTS MARK
run_step() {
    local status=0
    echo "== step $1 of $2: $(date -u +%Y-%m-%dT%H:%M:%SZ) on $(hostname)"
    touch "$4-began"
    if [ "$1" = 4 ]; then
        # Checkpoints older than this job are of another training.
        if [ ! -e "$4-training" ]; then
            touch "$4-training"
        elif checkpoint_since "$4-training" "$3"; then
            export RESUME=1
        fi
        # The disk of one node is of no use to the others.
        if [ "${SLURM_NNODES:-1}" = 1 ]; then
            TFRECORDS=$(on_scratch "$3/tfrecords")
            export TFRECORDS
        fi
    fi
    # Told to stop before there was a step to tell: while the records were copied, say.
    [ -z "$signal" ] || return 143
    # Some batch systems signal every process of the job; the step is to know only SIGTERM.
    # shellcheck disable=SC2086
    (trap '' $TIME_SIGNALS ${STOP_SIGNALS/TERM/} && exec bash experiments/step.sh "$1" "$2") &
    child=$!
    [ -z "$signal" ] || stop_step "$signal" # it came before there was a child
    # "wait" also ends when a signal comes; only the last one tells the status of the step.
    while kill -0 "$child" 2> /dev/null; do wait "$child" || true; done
    wait "$child" || status=$?
    child=''
    return "$status"
}

# checkpoint_since FILE RESULTS: whether a checkpoint has been written since FILE was touched.
checkpoint_since() {
    [ -n "$(find "$2/checkpoints" -newer "$1" -name '*.npz' -print -quit 2> /dev/null)" ]
}

# try_again STEP RESULTS MARK: only if this run of the job got anywhere, or it would be run for
# ever: it has finished a step, or its training has written a checkpoint.
try_again() {
    if [ -n "$finished" ] || { [ "$1" = 4 ] && checkpoint_since "$3-began" "$2"; }; then
        echo "== out of time: back into the queue, to go on with step $1"
        again
    else
        echo "error: step $1 needs more time than the job's limit; ask for more" >&2
    fi
}

# on_scratch FOLDER: print the copy on scratch of what training reads over and over, or FOLDER
# itself where scratch is memory or has no room.
on_scratch() {
    local size free
    size=$(du -skL "$1" | cut -f 1)
    free=$(df -Pk "$scratch" | awk 'NR == 2 {print $4}')
    if [ "$(stat -f -c %T "$scratch")" != tmpfs ] && [ "$free" -gt $((2 * size)) ] &&
        cp -rL "$1" "$scratch/tfrecords"; then
        echo "$scratch/tfrecords"
    else
        echo "$1"
    fi
}

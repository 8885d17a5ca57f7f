#!/usr/bin/env bash
# The whole cycle, steps 0 to 6, in one Slurm job, or in an array with a task for each run:
#   sbatch experiments/slurm/cycle.sh EXPERIMENT.ini
#   sbatch --array=1-2 experiments/slurm/cycle.sh FIRST.ini SECOND.ini
#   COMPONENTS="Z ZNE" sbatch --array=1-2 experiments/slurm/cycle.sh EXPERIMENT.ini
# The log of each run is output/DATASET/RUN/logs/cycle-JOB_TASK.log. Which data, and what a run
# is: see experiments/step.sh and common.sh.
#SBATCH --job-name=deepquake-cycle
#SBATCH --output=deepquake-%j.log
#SBATCH --open-mode=append
#SBATCH --nodes=1
#SBATCH --cpus-per-task=4
#SBATCH --mem=8G
#SBATCH --time=24:00:00
#SBATCH --signal=B:USR1@300
#SBATCH --requeue
set -euo pipefail
cd "$SLURM_SUBMIT_DIR"

task=${SLURM_ARRAY_TASK_ID:-1}
JOB=${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}_$task
TIME_SIGNALS=USR1
STOP_SIGNALS=TERM
again() { scontrol requeue "$SLURM_JOB_ID"; }
export WORKERS=${SLURM_CPUS_PER_TASK:-1}

source experiments/batch.sh
choose_run "$task" "$@"
log_to "$experiment"
run_steps "0 1 2 3 4 5 6" "$experiment"

#!/usr/bin/env bash
# The whole cycle, steps 0 to 6, in one Slurm job, or in an array of them over .ini files:
#   sbatch experiments/slurm/cycle.sh EXPERIMENT.ini
#   sbatch --array=1-2 experiments/slurm/cycle.sh FIRST.ini SECOND.ini
# The log of each experiment is output/DATASET/EXPERIMENT/logs/cycle-JOB_TASK.log. Which data: see
# experiments/step.sh.
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
experiment=${!task}
JOB=${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}_$task
TIME_SIGNALS=USR1
STOP_SIGNALS=TERM
again() { scontrol requeue "$SLURM_JOB_ID"; }
export WORKERS=${SLURM_CPUS_PER_TASK:-1}

source experiments/batch.sh
log_to "$experiment"
run_steps "0 1 2 3 4 5 6" "$experiment"

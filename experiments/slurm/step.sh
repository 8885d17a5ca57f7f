#!/usr/bin/env bash
# One step of an experiment as a Slurm job, from the project's folder:
#   sbatch experiments/slurm/step.sh STEP EXPERIMENT.ini
# Options of sbatch before the script's name win over those here; experiments/submit.sh gives
# name, log and dependencies. Which data: see experiments/step.sh. Step 4 with --ntasks (or --nodes
# and --ntasks-per-node) trains in as many processes, each with its own --cpus-per-task.
#SBATCH --job-name=deepquake
#SBATCH --output=deepquake-%j.log
#SBATCH --open-mode=append
#SBATCH --nodes=1
#SBATCH --cpus-per-task=4
#SBATCH --mem=8G
#SBATCH --time=12:00:00
#SBATCH --signal=B:USR1@300
#SBATCH --requeue
set -euo pipefail
cd "$SLURM_SUBMIT_DIR"

JOB=$SLURM_JOB_ID
TIME_SIGNALS=USR1
STOP_SIGNALS=TERM
again() { scontrol requeue "$SLURM_JOB_ID"; }
export WORKERS=${SLURM_CPUS_PER_TASK:-1}
if [ "$1" = 4 ] && [ "${SLURM_NTASKS:-1}" -gt 1 ]; then
    export LAUNCHER="srun --cpus-per-task=$WORKERS --wait=300"
    STOP_COMMAND="scancel --quiet --signal=TERM $JOB" # srun itself would kill on SIGTERM
fi

source experiments/batch.sh
run_steps "$1" "$2"

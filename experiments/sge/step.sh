#!/usr/bin/env bash
# One step of an experiment as a Grid Engine job, from the project's folder:
#   qsub experiments/sge/step.sh STEP EXPERIMENT.ini
# Options of qsub before the script's name win over those here; experiments/submit.sh gives
# name, log and dependencies. Which data: see experiments/step.sh. Several cores need the name
# that your cluster gave its parallel environment, e.g. -pe smp 4.
#$ -S /bin/bash
#$ -N deepquake
#$ -cwd
#$ -j y
#$ -r y
#$ -notify
#$ -l h_rt=12:00:00,s_rt=11:55:00
set -euo pipefail

JOB=$JOB_ID
TIME_SIGNALS=USR1
STOP_SIGNALS="TERM USR2"
again() { exit 99; } # Grid Engine puts a job that ends with 99 back into the queue
export WORKERS=${NSLOTS:-1}

source experiments/batch.sh
run_steps "$1" "$2" || exit 100 # in error: the jobs that wait for this one stay on hold

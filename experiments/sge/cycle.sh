#!/usr/bin/env bash
# The whole cycle, steps 0 to 6, in one Grid Engine job, or in an array with a task for each run:
#   qsub experiments/sge/cycle.sh EXPERIMENT.ini
#   qsub -t 1-2 experiments/sge/cycle.sh FIRST.ini SECOND.ini
#   COMPONENTS="Z ZNE" qsub -V -t 1-2 experiments/sge/cycle.sh EXPERIMENT.ini
# The log of each run is output/DATASET/RUN/logs/cycle-JOB_TASK.log. Which data, and what a run
# is: see experiments/step.sh and common.sh. Several cores: see step.sh beside this file.
#$ -S /bin/bash
#$ -N deepquake-cycle
#$ -cwd
#$ -j y
#$ -r y
#$ -notify
#$ -l h_rt=24:00:00,s_rt=23:55:00
set -euo pipefail

task=${SGE_TASK_ID:-1}
[ "$task" != undefined ] || task=1
JOB=${JOB_ID}_$task
TIME_SIGNALS=USR1
STOP_SIGNALS="TERM USR2"
again() { exit 99; } # Grid Engine puts a job that ends with 99 back into the queue
export WORKERS=${NSLOTS:-1}

source experiments/batch.sh
choose_run "$task" "$@"
log_to "$experiment"
run_steps "0 1 2 3 4 5 6" "$experiment" || exit 100

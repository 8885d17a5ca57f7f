#!/usr/bin/env bash
# The whole cycle, steps 0 to 6, in one Grid Engine job, or in an array of them over .ini files:
#   qsub experiments/sge/cycle.sh EXPERIMENT.ini
#   qsub -t 1-2 experiments/sge/cycle.sh FIRST.ini SECOND.ini
# The log of each experiment is output/DATASET/EXPERIMENT/logs/cycle-JOB_TASK.log. Which data: see
# experiments/step.sh. Several cores: see step.sh beside this file.
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
experiment=${!task}
JOB=${JOB_ID}_$task
TIME_SIGNALS=USR1
STOP_SIGNALS="TERM USR2"
again() { exit 99; } # Grid Engine puts a job that ends with 99 back into the queue
export WORKERS=${NSLOTS:-1}

source experiments/batch.sh
log_to "$experiment"
run_steps "0 1 2 3 4 5 6" "$experiment" || exit 100

# shellcheck shell=bash
# Sourced by the other scripts: what they say, and what a run is. A run is one training of an
# experiment: its .ini and a value of each of these environment variables; where one is empty,
# what the .ini says holds.
#   COMPONENTS  components in use: Z, N, E or several in this order
#   CLASSES     number of classes: noise and each source region
#   MODELS      network
#   ROUNDS      random seed of the training, and the name of the round in the results
# A command that takes several values of each runs all combinations.

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# fail MESSAGE [STATUS]
fail() {
    echo "error: $1" >&2
    exit "${2:-1}"
}

# usage MESSAGE: end because the command was given wrongly.
usage() { fail "$1; see --help" 2; }

# show_help SCRIPT: print the comment at its top.
show_help() { sed -n '2,/^set /s/^# \{0,1\}//p' "$1"; }

# add_experiment FILE: append it to the array experiments, by its path from the project's folder.
add_experiment() {
    local path
    [ -f "$1" ] || fail "$1: no such experiment" 2
    path=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
    path=${path#"$project"/}
    case $path in -*) path=./$path ;; esac # an option to whatever takes it
    experiments+=("$path")
}

# check_runs EXPERIMENT.ini...: end if the variables hold what cannot be, or two runs would write
# to the same folder.
check_runs() {
    local value twice
    for value in ${COMPONENTS:-}; do
        [[ $value =~ ^Z?N?E?$ ]] || usage "COMPONENTS takes Z, N, E, ZN ... ZNE, not '$value'"
    done
    for value in ${CLASSES:-}; do
        [[ $value =~ ^[0-9]+$ ]] || usage "CLASSES takes whole numbers, not '$value'"
    done
    for value in ${ROUNDS:-}; do
        [[ $value =~ ^[0-9]+$ ]] || usage "ROUNDS takes whole numbers, not '$value'"
    done
    twice=$(for_each_run run_name "$@" | sort | uniq -d | head -n 1)
    [ -z "$twice" ] || usage "two runs are named $twice: both would write to the same folder"
}

# for_each_run COMMAND EXPERIMENT.ini...: call COMMAND EXPERIMENT.ini for each run, with one value
# in each of the variables.
for_each_run() {
    local command=$1 experiment
    local components=${COMPONENTS:-} classes=${CLASSES:-} models=${MODELS:-} rounds=${ROUNDS:-}
    local -x COMPONENTS CLASSES MODELS ROUNDS
    shift
    for experiment in "$@"; do
        for COMPONENTS in ${components:-""}; do
            for CLASSES in ${classes:-""}; do
                for MODELS in ${models:-""}; do
                    for ROUNDS in ${rounds:-""}; do "$command" "$experiment"; done
                done
            done
        done
    done
}

# choose_run NUMBER EXPERIMENT.ini...: set experiment and the variables to the run of that number,
# counted from 1 in the order of for_each_run.
choose_run() {
    local number=$1 run
    shift
    run=$(for_each_run print_run "$@" | sed -n "${number}p")
    [ -n "$run" ] || fail "there is no run number $number of $*"
    export COMPONENTS CLASSES MODELS ROUNDS
    IFS=/ read -r COMPONENTS CLASSES MODELS ROUNDS experiment <<< "$run"
}
print_run() { printf '%s\n' "$COMPONENTS/$CLASSES/$MODELS/$ROUNDS/$1"; }

# run_name EXPERIMENT.ini: print the name of the run, e.g. study_10s_ZNE_CL4_ConvNetQuake_round2.
run_name() {
    local name
    name=$(basename "$1" .ini)${COMPONENTS:+_$COMPONENTS}${CLASSES:+_CL$CLASSES}
    printf '%s\n' "$name${MODELS:+_$MODELS}${ROUNDS:+_round$ROUNDS}"
}

# run_folder EXPERIMENT.ini: print the folder of its results, for step.sh and the jobs.
run_folder() { echo "output/${DATASET:-demo}/$(run_name "$1")"; }

# component_options: print the options of the steps that say what COMPONENTS does.
component_options() {
    local letter
    [ -n "${COMPONENTS:-}" ] || return 0
    for letter in Z N E; do
        case $COMPONENTS in
            *$letter*) echo "--component_$letter 1" ;;
            *) echo "--component_$letter 0" ;;
        esac
    done
}

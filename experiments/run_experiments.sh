#!/usr/bin/env bash
# Runs experiments one after the other, through steps 0 to 5, and ends with the table of results:
#   bash experiments/run_experiments.sh [EXPERIMENT.ini...]     (default: experiments/study_*.ini)
#
# Options are environment variables. Where one of the first four is not set, what the .ini says
# holds; of several values, e.g. COMPONENTS="Z ZNE", all combinations are run.
#   COMPONENTS  components: Z, N, E or several in this order
#   CLASSES     numbers of classes: noise and each source region, e.g. "2 4 6"
#   MODELS      networks, e.g. "ConvNetQuake ConvNetQuake2"
#   ROUNDS      trainings of each, with these random seeds, e.g. "1 2 3"
#   DATASET     the data in input/DATASET: mseed/, sfiles_nordicformat/, stations.csv (demo)
#   WORKERS     processes of steps 1, 2 and 3 (1)
#   DEEPQUAKE_PYTHON  the Python to run with (that of the environment .venv, made if need be)
#
# More than 2 classes need regions: input/DATASET/clusters_K.json (K = classes - 1) or, where there
# is no such file, K clusters of the catalogue's events.
#
# Everything goes to output/DATASET/WINDOW/CLn/COm/EXPERIMENT/MODEL/ROUND; step 1 runs once for
# each window size, steps 2 and 3 once for each number of classes and components. What is finished
# is not done again: after an interruption start the same command. To redo something, delete its
# folder. A run that fails is named at the end and does not stop the others; its messages are in
# the file stepN.log that is named.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

experiments=()
for argument in "$@"; do
    case $argument in
        --help | -h) show_help "${BASH_SOURCE[0]}"; exit ;;
        -*) usage "unknown argument $argument" ;;
        *) add_experiment "$argument" ;;
    esac
done
cd "$project"
[ $# -gt 0 ] || experiments=(experiments/study_*.ini)
check_runs "${experiments[@]}"

dataset=${DATASET:-demo}
data=input/$dataset
out=output/$dataset
[ -d "$data/mseed" ] || fail "$data/mseed: no such folder; put the waveforms there or set DATASET"
if [ -z "${DEEPQUAKE_PYTHON:-}" ]; then
    source experiments/environment.sh
fi
read -r -a python <<< "${DEEPQUAKE_PYTHON:-python}"

# once FOLDER NAME COMMAND...: run a step if it has not been finished in this folder; its output
# goes to FOLDER/NAME.log, and FOLDER/.done_NAME says that it is finished.
once() {
    local folder=$1 name=$2
    shift 2
    if [ -e "$folder/.done_$name" ]; then
        echo "   $name: done before"
        return
    fi
    mkdir -p "$folder"
    echo "   $name: $folder/$name.log"
    if ! "${python[@]}" "$@" > "$folder/$name.log" 2>&1; then
        tail -n 3 "$folder/$name.log" >&2
        return 1
    fi
    touch "$folder/.done_$name"
}

# find_regions CLASSES: set regions to the region file for this many classes, '' for two.
find_regions() {
    local k=$(($1 - 1)) stations=$data/stations.csv
    [ -f "$stations" ] || stations=
    regions=
    if [ "$k" -lt 2 ]; then
        return
    elif [ -f "$data/clusters_$k.json" ]; then
        regions=$data/clusters_$k.json
    else
        regions=$out/regions_$k/clusters.json
        once "$out/regions_$k" cluster_events -m deepquake.tools.cluster_events \
            --catalog_path "$out/catalog.json" --output_dir "$out/regions_$k" --n_components "$k" \
            ${stations:+--stations_path "$stations"}
    fi
}

# run EXPERIMENT.ini: the steps of one run.
# shellcheck disable=SC2046  # component_options prints several words
run() {
    local ini=$1 name round=${ROUNDS:-1} places prep_name data_name n_clusters model
    local prep records train regions
    name=$(basename "$ini" .ini)
    places=$("${python[@]}" -m deepquake.tools.experiment --config_file_path "$ini" \
        $(component_options) ${CLASSES:+--n_clusters "$CLASSES"} ${MODELS:+--model "$MODELS"})
    read -r prep_name data_name n_clusters model <<< "$places"
    prep=$out/$prep_name
    records=$prep/$data_name/tfrecords
    train=$prep/$data_name/$name/$model/$round

    once "$out" step0 step0_metadata.py --input_path "$data/sfiles_nordicformat" \
        --output_path "$out/catalog.json"
    once "$prep" step1 step1_windows.py --raw_data_dir "$data/mseed" --workers "${WORKERS:-1}" \
        --catalog_path "$out/catalog.json" --prep_data_dir "$prep" \
        --save_windows 0 --plot 0 --config_file_path "$ini"
    find_regions "$n_clusters"
    once "$records" step2 step2_tfrecords_pos.py --prep_data_dir "$prep" \
        --tfrecords_dir "$records" --workers "${WORKERS:-1}" --config_file_path "$ini" \
        $(component_options) --n_clusters "$n_clusters" \
        ${regions:+--clusters_file_path "$regions"}
    once "$records" step3 step3_tfrecords_neg.py --prep_data_dir "$prep" \
        --tfrecords_dir "$records" --workers "${WORKERS:-1}" --config_file_path "$ini" \
        $(component_options)
    once "$train" step4 step4_train.py --tfrecords_dir "$records" --resume 1 \
        --checkpoint_dir "$train/checkpoints" --config_file_path "$ini" \
        $(component_options) --n_clusters "$n_clusters" --model "$model" \
        ${ROUNDS:+--random_seed "$ROUNDS"}
    once "$train" step5 step5_eval_tfrecords.py --tfrecords_dir "$records/test" \
        --checkpoint_dir "$train/checkpoints" --output_dir "$train/eval" \
        --dataset="$dataset" --experiment="$name" --round "$round" --config_file_path "$ini" \
        $(component_options) --n_clusters "$n_clusters" --model "$model" \
        ${regions:+--clusters_file_path "$regions" --catalog_path "$out/catalog.json"}
}

failed=()
# try EXPERIMENT.ini: do a run, and note it where it fails.
try() {
    local status=0
    echo "== $(run_name "$1")"
    # a subshell outside of any condition, or set -e would not hold within it
    set +e
    (set -e; run "$1")
    status=$?
    set -e
    [ "$status" -lt 128 ] || exit "$status" # stopped by a signal
    [ "$status" = 0 ] || failed+=("$(run_name "$1")")
}
for_each_run try "${experiments[@]}"

echo "== results of $dataset"
"${python[@]}" -m deepquake.tools.results --dataset="$dataset" --output_dir "$out/results" ||
    failed+=("the table of results")
if [ "${#failed[@]}" -gt 0 ]; then
    printf 'error: failed: %s\n' "${failed[@]}" >&2
    exit 1
fi

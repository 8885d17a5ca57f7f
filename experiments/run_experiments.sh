#!/usr/bin/env bash
# Runs experiments one after the other, through steps 0 to 5, and ends with the table of results:
#   bash experiments/run_experiments.sh [EXPERIMENT.ini ...]     (default: experiments/study_*.ini)
#
# Options are environment variables:
#   DATASET   the data in input/DATASET: mseed/, sfiles_nordicformat/, stations.csv (default: demo)
#   MODELS    networks to train for each experiment, e.g. "ConvNetQuake ConvNetQuake2"
#             (default: the model of the .ini)
#   ROUNDS    trainings of each, with these random seeds, e.g. "1 2 3" (default: 1)
#   WORKERS   processes of steps 1, 2 and 3 (default: 1)
#   DEEPQUAKE_PYTHON  the Python to run with (default: the environment .venv, made if need be)
#
# Experiments with more than 2 classes take their regions from input/DATASET/clusters_K.json
# (K = classes - 1), or, where there is none, from K clusters of the catalogue's events.
#
# Everything goes to output/DATASET/WINDOW/CLn/COm/EXPERIMENT/MODEL/ROUND; step 1 runs once for
# each window size, steps 2 and 3 once for each number of classes and components. What is finished
# is not done again: after an interruption start the same command. To redo something, delete its
# folder. An experiment that fails is named at the end and does not stop the others; its messages
# are in the file stepN.log that is named.
set -euo pipefail

# names given on the command line are relative to where the command was given
experiments=()
for given in "$@"; do
    [ -f "$given" ] || { echo "error: $given: no such experiment" >&2; exit 2; }
    experiments+=("$(cd "$(dirname "$given")" && pwd)/$(basename "$given")")
done
twice=$(for given in "$@"; do basename "$given" .ini; done | sort | uniq -d | head -n 1)
if [ -n "$twice" ]; then
    echo "error: two experiments are named $twice: both would write to the same folder" >&2
    exit 2
fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ $# -gt 0 ] || experiments=(experiments/study_*.ini)

dataset=${DATASET:-demo}
data=input/$dataset
out=output/$dataset
if [ ! -d "$data/mseed" ]; then
    echo "error: $data/mseed: no such folder; put the waveforms there or set DATASET" >&2
    exit 1
fi
if [ -z "${DEEPQUAKE_PYTHON:-}" ]; then
    source experiments/environment.sh
fi
read -r -a python <<< "${DEEPQUAKE_PYTHON:-python}"

# once FOLDER NAME COMMAND...: run a step if it has not been finished in this folder; its output
# goes to FOLDER/NAME.log, and FOLDER/.done_NAME says that it is finished
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

# regions_of CLASSES: set `regions` to the region file for so many classes, '' for two
regions_of() {
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

# run_experiment EXPERIMENT.ini
run_experiment() {
    local ini=$1 places prep_name data_name own_model prep records regions classes model round train
    places=$("${python[@]}" -m deepquake.tools.experiment "$ini")
    read -r prep_name data_name own_model <<< "$places"
    prep=$out/$prep_name
    records=$prep/$data_name/tfrecords
    classes=${data_name#CL}
    classes=${classes%%/*}

    once "$out" step0 step0_metadata.py --input_path "$data/sfiles_nordicformat" \
        --output_path "$out/catalog.json"
    once "$prep" step1 step1_windows.py --raw_data_dir "$data/mseed" --workers "${WORKERS:-1}" \
        --catalog_path "$out/catalog.json" --prep_data_dir "$prep" \
        --save_windows 0 --plot 0 --config_file_path "$ini"
    regions_of "$classes"
    once "$records" step2 step2_tfrecords_pos.py --prep_data_dir "$prep" \
        --tfrecords_dir "$records" --workers "${WORKERS:-1}" --config_file_path "$ini" \
        ${regions:+--clusters_file_path "$regions"}
    once "$records" step3 step3_tfrecords_neg.py --prep_data_dir "$prep" \
        --tfrecords_dir "$records" --workers "${WORKERS:-1}" --config_file_path "$ini"
    for model in ${MODELS:-$own_model}; do
        for round in ${ROUNDS:-1}; do
            train=$prep/$data_name/$(basename "$ini" .ini)/$model/$round
            once "$train" step4 step4_train.py --tfrecords_dir "$records" --resume 1 \
                --checkpoint_dir "$train/checkpoints" --model "$model" --random_seed "$round" \
                --config_file_path "$ini"
            once "$train" step5 step5_eval_tfrecords.py --tfrecords_dir "$records/test" \
                --checkpoint_dir "$train/checkpoints" --output_dir "$train/eval" \
                --model "$model" --dataset "$dataset" --round "$round" --config_file_path "$ini" \
                ${regions:+--clusters_file_path "$regions" --catalog_path "$out/catalog.json"}
        done
    done
}

failed=()
for ini in "${experiments[@]}"; do
    echo "== $(basename "$ini" .ini)"
    # a subshell outside of any condition, or set -e would not hold within it
    set +e
    (set -e; run_experiment "$ini")
    status=$?
    set -e
    [ "$status" -lt 128 ] || exit "$status" # stopped by a signal
    [ "$status" = 0 ] || failed+=("$ini")
done

echo "== results of $dataset"
"${python[@]}" -m deepquake.tools.results --dataset "$dataset" --output_dir "$out/results" ||
    failed+=("the table of results")
if [ "${#failed[@]}" -gt 0 ]; then
    printf 'error: failed: %s\n' "${failed[@]}" >&2
    exit 1
fi

#!/usr/bin/env bash
# One step of the cycle (0 to 6) for one run, with the folders that go with it:
#   DATASET=demo bash experiments/step.sh STEP EXPERIMENT.ini
#
# The data are those of input/DATASET: waveforms in mseed/, s-files in sfiles_nordicformat/,
# stations.csv, and long records in continuous/mseed/ with their s-files in
# continuous/sfiles_nordicformat/. Results go to output/DATASET/RUN: catalog.json, prep, tfrecords,
# checkpoints, eval, detect. RUN is the name of the .ini and what is set of COMPONENTS, CLASSES,
# MODELS and ROUNDS, e.g. study_10s_ZNE_CL4. Options are environment variables:
#   COMPONENTS, CLASSES, MODELS, ROUNDS  a value each in place of the .ini's (see common.sh)
#   DATASET   the data set (default: demo)
#   REGIONS   region file for experiments with more than 2 classes (default:
#             input/DATASET/clusters_K.json, K = classes - 1, or K clusters of the events)
#   STREAMS   waveforms that step 6 searches (default: continuous/mseed, or mseed where there is
#             none)
#   CATALOG   catalog.json to hold the detections in STREAMS against (default: none)
#   WORKERS   processes of steps 1, 2, 3 and 6 (default: 1)
#   RESUME    1: step 4 goes on from its newest checkpoint, if there is one
#   TFRECORDS a copy of the TFRecords for step 4 to read, e.g. on a faster disk
#   LAUNCHER  what starts step 4 in several processes, e.g. srun (default: nothing, it is one)
#   DEEPQUAKE_PYTHON  the Python to run with, e.g. "apptainer exec deepquake.sif python"
#             (default: that of the environment .venv)
# The step takes the place of this shell (exec), so that a signal to stop reaches it.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

case ${1:-} in --help | -h) show_help "${BASH_SOURCE[0]}"; exit ;; esac
[ $# = 2 ] || usage "takes STEP and EXPERIMENT.ini"
cd "$project"

step=$1 ini=$2
data=input/${DATASET:-demo}
out=$(run_folder "$ini")
components=$(component_options)
classes=${CLASSES:+--n_clusters $CLASSES}
network="$components $classes ${MODELS:+--model $MODELS}"
workers=(--workers "${WORKERS:-1}")
read -r -a python <<< "${DEEPQUAKE_PYTHON:-.venv/bin/python}"

run() {
    echo "+ $*"
    "${python[@]}" "$@"
}

last() {
    echo "+ $*"
    exec "${python[@]}" "$@" --config_file_path "$ini"
}

# Set regions to the options of step 2 that say which source region an event is of.
find_regions() {
    local k places file
    # shellcheck disable=SC2086
    places=$("${python[@]}" -m deepquake.tools.experiment --config_file_path "$ini" $network)
    read -r _ _ k _ <<< "$places" # e.g. 10 CL4/CO3 4 ConvNetQuake
    k=$((k - 1))
    file=${REGIONS:-$data/clusters_$k.json}
    regions=()
    [ "$k" -gt 1 ] || return 0
    if [ -z "${REGIONS:-}" ] && [ ! -f "$file" ]; then
        run -m deepquake.tools.cluster_events --catalog_path "$out/catalog.json" \
            --output_dir "$out/regions" --n_components "$k"
        file=$out/regions/clusters.json
    fi
    regions=(--clusters_file_path "$file")
}

# Set search to the options of step 6 that say where to look, and what is known there.
find_streams() {
    if [ -n "${STREAMS:-}" ]; then
        search=(--stream_path "$STREAMS" ${CATALOG:+--catalog_path "$CATALOG"})
    elif [ -f "$out/catalog_continuous.json" ]; then
        search=(--stream_path "$data/continuous/mseed")
        search+=(--catalog_path "$out/catalog_continuous.json")
    elif [ -d "$data/continuous/mseed" ]; then
        search=(--stream_path "$data/continuous/mseed")
    else
        search=(--stream_path "$data/mseed" --catalog_path "$out/catalog.json")
    fi
}

# shellcheck disable=SC2086  # components, classes and network hold several words
case $step in
    0)
        if [ -d "$data/continuous/sfiles_nordicformat" ]; then
            run step0_metadata.py --input_path "$data/continuous/sfiles_nordicformat" \
                --output_path "$out/catalog_continuous.json"
        fi
        last step0_metadata.py --input_path "$data/sfiles_nordicformat" \
            --output_path "$out/catalog.json"
        ;;
    1)
        last step1_windows.py --raw_data_dir "$data/mseed" --catalog_path "$out/catalog.json" \
            --prep_data_dir "$out/prep" "${workers[@]}"
        ;;
    2)
        find_regions
        last step2_tfrecords_pos.py --prep_data_dir "$out/prep" --tfrecords_dir "$out/tfrecords" \
            "${workers[@]}" $components $classes ${regions[@]+"${regions[@]}"}
        ;;
    3)
        last step3_tfrecords_neg.py --prep_data_dir "$out/prep" --tfrecords_dir "$out/tfrecords" \
            "${workers[@]}" $components
        ;;
    4)
        # shellcheck disable=SC2206  # one argument a word
        python=(${LAUNCHER:-} "${python[@]}")
        last step4_train.py --tfrecords_dir "${TFRECORDS:-$out/tfrecords}" \
            --checkpoint_dir "$out/checkpoints" ${RESUME:+--resume "$RESUME"} \
            $network ${ROUNDS:+--random_seed "$ROUNDS"}
        ;;
    5)
        last step5_eval_tfrecords.py --tfrecords_dir "$out/tfrecords/test" \
            --checkpoint_dir "$out/checkpoints" --output_dir "$out/eval" \
            --dataset="${DATASET:-demo}" --experiment="$(basename "$ini" .ini)" \
            --round "${ROUNDS:-1}" $network
        ;;
    6)
        find_streams
        last step6_detect_mseed.py "${search[@]}" --checkpoint_dir "$out/checkpoints" \
            --output_dir "$out/detect" "${workers[@]}" $network
        ;;
    *)
        usage "step '$step' is none of 0 to 6"
        ;;
esac

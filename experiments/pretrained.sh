#!/usr/bin/env bash
# Train the network that comes with DeepQuake, deepquake/pretrained/:
#   bash experiments/pretrained.sh DATA_FOLDER
# DATA_FOLDER holds the sets ncal, iceland, bradys, ridgecrest and hengill, each with its records in
# mseed/ and its readings: s-files, or a table of PhaseNet's picks. What steps 0 to 3 have made is
# kept, and a training that was stopped goes on. Ten minutes on two cores.
# Other names: PRETRAINED_DIR (deepquake/pretrained), PRETRAINED_WORK (output/pretrained); another
# number of training steps: PRETRAINED_STEPS (5000); set them before the command.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
case ${1:-} in --help | -h) show_help "${BASH_SOURCE[0]}"; exit ;; esac
[ $# = 1 ] || usage "takes DATA_FOLDER"
data=$(cd "$1" 2>/dev/null && pwd) || fail "$1: no such folder" 2
cd "$project"
source experiments/environment.sh

work=${PRETRAINED_WORK:-output/pretrained}
recipe=(--config_file_path experiments/config_unet.ini)
all_events=(--test_fraction 0)

# prepare SET CATALOGUE [quiet]: steps 0 to 3; a set that is not quiet has no noise for step 3,
# because its events follow each other too closely.
prepare() {
    local name=$1 catalogue=$data/$1/$2 folder=$work/$1
    [ ! -f "$folder/finished" ] || return 0
    printf '\n== %s\n' "$name"
    python step0_metadata.py --input_path "$catalogue" --output_path "$folder/catalog.json"
    python step1_windows.py "${recipe[@]}" --raw_data_dir "$data/$name/mseed" \
        --catalog_path "$folder/catalog.json" --prep_data_dir "$folder/prep" --plot 0
    python step2_tfrecords_pos.py "${recipe[@]}" "${all_events[@]}" \
        --prep_data_dir "$folder/prep" --tfrecords_dir "$work/tfrecords" --file_name "$name"
    if [ "${3:-}" = quiet ]; then
        python step3_tfrecords_neg.py "${recipe[@]}" "${all_events[@]}" \
            --prep_data_dir "$folder/prep" --tfrecords_dir "$work/tfrecords" --file_name "$name"
    fi
    touch "$folder/finished"
}

prepare ncal sfiles_nordicformat quiet
prepare iceland sfiles_nordicformat
prepare bradys picks.csv quiet
prepare ridgecrest phasenet_picks.csv
prepare hengill phasenet_picks.csv

printf '\n== training\n'
python step4_train.py "${recipe[@]}" --tfrecords_dir "$work/tfrecords" \
    --checkpoint_dir "$work/checkpoints" \
    --max_checkpoint_step "${PRETRAINED_STEPS:-5000}" --resume 1
python -m deepquake.tools.export_network --checkpoint_dir "$work/checkpoints" \
    --output_dir "${PRETRAINED_DIR:-deepquake/pretrained}"

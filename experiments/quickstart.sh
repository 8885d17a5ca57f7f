#!/usr/bin/env bash
# The whole cycle on a demonstration data set, from nothing:
#   bash experiments/quickstart.sh
# Smaller or larger: QUICKSTART_EVENTS (60), QUICKSTART_STEPS (1000 training steps),
# QUICKSTART_HOURS (1 hour of continuous records); set them before the command.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
case ${1:-} in
    '') ;;
    --help | -h) show_help "${BASH_SOURCE[0]}"; exit ;;
    *) usage "unknown argument $1" ;;
esac
cd "$project"
source experiments/environment.sh

events=${QUICKSTART_EVENTS:-60}
steps=${QUICKSTART_STEPS:-1000}
hours=${QUICKSTART_HOURS:-1}
out=output/demo
unet=(--config_file_path experiments/config_unet.ini)

say() { printf '\n== %s\n' "$*"; }

say "a demonstration data set: input/demo"
python -m deepquake.tools.make_demo_dataset --output_dir input/demo \
    --events "$events" --continuous_hours "$hours"

say "step 0: the catalogue"
python step0_metadata.py --input_path input/demo/sfiles_nordicformat --output_path $out/catalog.json

say "step 1: station streams and windows"
python step1_windows.py "${unet[@]}" --raw_data_dir input/demo/mseed \
    --catalog_path $out/catalog.json --prep_data_dir $out/prep --workers 0

say "steps 2 and 3: TFRecords of events and of noise"
python step2_tfrecords_pos.py "${unet[@]}" --prep_data_dir $out/prep --tfrecords_dir $out/tfrecords
python step3_tfrecords_neg.py "${unet[@]}" --prep_data_dir $out/prep --tfrecords_dir $out/tfrecords

say "step 4: training"
python step4_train.py "${unet[@]}" --tfrecords_dir $out/tfrecords \
    --checkpoint_dir $out/checkpoints --max_checkpoint_step "$steps"

say "step 5: evaluation on events the network has not seen"
python step5_eval_tfrecords.py --tfrecords_dir $out/tfrecords/test --checkpoint_dir $out/checkpoints \
    --output_dir $out/eval --dataset demo

say "step 6: arrivals in continuous records"
python step0_metadata.py --input_path input/demo/continuous/sfiles_nordicformat \
    --output_path $out/continuous.json
python step6_detect_mseed.py --stream_path input/demo/continuous/mseed --checkpoint_dir $out/checkpoints \
    --output_dir $out/detect --catalog_path $out/continuous.json \
    --stations_path input/demo/stations.csv --velocity_model_path input/demo/velocity_model.csv

say "done"
head -n 4 $out/detect/picks.csv
echo "  ..."
echo "arrivals found in the continuous records: $out/detect/picks.csv"
echo "pictures:"
echo "  station streams   $out/prep/png"
echo "  training curves   $out/checkpoints"
echo "  evaluation        $out/eval"
echo "  arrivals          $out/detect/png"
echo "for SEISAN:         $out/detect/seisan"
echo "all that was found, on one page (open it in a browser): $out/detect/report.html"

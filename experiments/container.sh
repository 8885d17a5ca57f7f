#!/usr/bin/env bash
# What the images of Dockerfile and deepquake.def start: a step or a tool, on the files of the
# folder it is started in. It becomes the step (exec), so that a signal to stop reaches that.
#   step4_train.py ARGUMENT...
#   -m deepquake.tools.NAME ARGUMENT...
set -euo pipefail
code=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

case ${1:-} in
    -m)
        PYTHONPATH=$code exec python "$@"
        ;;
    step?_*.py)
        step=$1
        shift
        exec python "$code/$step" "$@"
        ;;
    *)
        [ -z "${1:-}" ] || echo "error: '$1' is neither a step nor a tool" >&2
        echo "Run one of these; --help after it shows its arguments:"
        (cd "$code" && ls step?_*.py)
        (cd "$code/deepquake/tools" && for tool in [a-z]*.py; do
            echo "-m deepquake.tools.${tool%.py}"
        done)
        [ -z "${1:-}" ] || exit 2
        ;;
esac

#!/usr/bin/env bash
# Run the tests in the project's own environment, made on the first run:
#   bash tests/run.sh [pytest arguments]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source experiments/environment.sh
unset PYTHONDONTWRITEBYTECODE  # some hundred processes load the same modules
# files of tests side by side; what a file sets up once stays in one process
exec python -m pytest -n 2 --dist loadfile "$@"

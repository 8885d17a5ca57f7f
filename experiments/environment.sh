# Sourced by the shell scripts: makes the environment .venv (again only when requirements.txt
# has changed) and activates it. PYTHON names the interpreter to use; 3.11 to 3.13 will do.
# Run from the project's folder.

find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3.13 python3.12 python3.11 python3 python; do
        if [ -n "$candidate" ] && "$candidate" -c \
            'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "error: no Python 3.11, 3.12 or 3.13 found; install one, or name it: PYTHON=/path/to/python bash ..." >&2
    return 1
}

make_environment() {
    local wanted python
    wanted=$(cksum < requirements.txt)
    if [ -f .venv/made_for ] && [ "$(cat .venv/made_for)" = "$wanted" ]; then
        return
    fi
    python=$(find_python)
    echo "making the environment .venv with $("$python" --version); this takes a few minutes once"
    rm -rf .venv
    "$python" -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
    echo "$wanted" > .venv/made_for
}

make_environment
source .venv/bin/activate

"""TensorFlow comes without its dozen lines on stderr, and stderr works afterwards."""

import subprocess
import sys

from tests.conftest import ROOT


def test_tensorflow_loads_quietly() -> None:
    code = "import os, sys\nfrom deepquake.learning.tensorflow import tf\n"
    code += "print(tf.keras.backend.backend(), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "tensorflow\n")

"""TensorFlow without the dozen lines it writes to stderr on start-up, before it can be told not to.

``from deepquake.learning.tensorflow import tf`` takes some seconds: import it where it is needed,
not before.
"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"

sys.stderr.flush()
_stderr = os.dup(2)
_nowhere = os.open(os.devnull, os.O_WRONLY)
os.dup2(_nowhere, 2)
try:
    import tensorflow as tf

    tf.config.list_physical_devices()  # its complaints about missing GPUs belong here too
finally:
    os.dup2(_stderr, 2)
    os.close(_stderr)
    os.close(_nowhere)

"""Train on two devices of one process, which the processor stands in for:
python mirrored_training.py TFRECORDS CHECKPOINTS KEY=VALUE..."""

import sys
from pathlib import Path

from deepquake.core import configuration
from deepquake.learning import training
from deepquake.learning.store import open_part
from deepquake.learning.tensorflow import tf

if __name__ == "__main__":
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    records, checkpoints, *given = sys.argv[1:]
    pairs = (text.split("=") for text in given)
    training.train(
        open_part(Path(records), "train"),
        configuration.load({key: configuration.parse_value(key, text) for key, text in pairs}),
        Path(checkpoints),
        strategy=tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]),
    )

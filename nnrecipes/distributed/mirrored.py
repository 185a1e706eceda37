"""Several GPUs of one machine -> one network, a replica on each: TensorFlow's ``MirroredStrategy``."""

from collections.abc import Sequence

import keras

from nnrecipes.config.distributed import DistributedConfig
from nnrecipes.distributed.replica import callbacks_of_replica, fit_model, model_of_replica
from nnrecipes.distributed.worker import Job
from nnrecipes.errors import ConfigError
from nnrecipes.training.build import first_epoch
from nnrecipes.training.fit import History
from nnrecipes.training.resume import Resume, State
from nnrecipes.training.variables import assign_variables, read_variables


def train_mirrored(job: Job, model: keras.Model, state: State | None, devices: Sequence[str] = ()) -> History:
    """Train on the devices and give ``model`` the weights.

    Args:
        job: The recipe and its rows.
        model: The network outside of the strategy.
        state: Of a training that was killed.
        devices: Names of TensorFlow's devices; by default this machine's GPUs.

    Raises:
        ConfigError: There are not so many GPUs.
    """
    import tensorflow as tf

    section = job.config.training.distributed
    assert section is not None
    strategy = tf.distribute.MirroredStrategy(list(devices) or gpus(section))
    step = model_of_replica(job.config, job.spec, job.weights, strategy, job.rows.few)
    callbacks = callbacks_of_replica(job.config, job.folder)
    resume = Resume(job.folder, callbacks, state)
    position = _Epochs(first_epoch(state, job.config.training.epochs))
    history = fit_model(job.config, step, job.rows, job.validation, position, [*callbacks, resume])
    values = read_variables(step.model.variables)
    assign_variables(model.variables, values)
    return history


def gpus(section: DistributedConfig) -> list[str]:
    """Names of as many GPUs as the section asks for.

    Raises:
        ConfigError: There are fewer.
    """
    import tensorflow as tf

    found = tf.config.list_logical_devices("GPU")
    if len(found) < section.workers:
        expected = f"{section.workers} GPUs on this machine that TensorFlow can use (workers: {section.workers})"
        other = "Processes on CPUs, and on other machines, are engine: ray"
        raise ConfigError(f"training.distributed.engine: expected {expected}. Received: {len(found)}. {other}.")
    return [device.name for device in found[: section.workers]]


class _Epochs:
    """A position at the beginning of an epoch; the callback :class:`Resume` keeps the state of each."""

    def __init__(self, epoch: int) -> None:
        self.epoch, self.step = epoch, 0

    def begin(self) -> None:
        """Nothing: ``Resume`` does it."""

    def restore(self) -> None:
        """Nothing: no epoch begins in its middle."""

    def keep(self, epoch: int, step: int) -> None:
        """Nothing."""

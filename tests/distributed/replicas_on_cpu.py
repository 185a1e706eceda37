"""Two logical CPUs as two replicas of one process, against ``Model.fit``: prints how far they are apart, as JSON.

TensorFlow takes logical devices only before it has started, so this is a program of its own.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import keras
import numpy as np
import tensorflow as tf
from cases import CASES

from nnrecipes.data.spec import Arrays
from nnrecipes.distributed.fit import fit_on_replicas
from nnrecipes.distributed.parts import parts_of_own
from nnrecipes.distributed.rows import MemoryRows
from nnrecipes.distributed.step import Step, read_local
from nnrecipes.models.build import build_model
from nnrecipes.training.compile import compile_model
from nnrecipes.training.ensemble import take
from nnrecipes.training.fit import fit_keras, rows_of
from nnrecipes.training.variables import assign_variables

ADAM = {"kind": "adamw", "learning_rate": 0.01, "epsilon": 1e-4, "weight_decay": 0.01}
SEED, BATCH = 3, 16


class Beginning:
    """Begin at the beginning, and keep nothing."""

    epoch = step = 0

    def begin(self):
        pass

    def restore(self):
        pass

    def keep(self, epoch, step):
        pass


class Unequal(MemoryRows):
    """The first replica has 160 rows in 20 parts, the second one 101 in 13."""

    ROWS = (160, 101)

    def parts(self, batch_size):
        return parts_of_own(np.array(self.ROWS), batch_size)

    def epoch(self, replica, seed, epoch, batch_size, *, shuffle, first):
        start, size = replica * self.ROWS[0], batch_size // 2
        for place in range(0, self.ROWS[replica], size):
            yield take(self.arrays, np.arange(start + place, start + min(place + size, self.ROWS[replica])))


def case_of(name):
    return next(case for case in CASES if case.name == name)


def model_of(case, **optimizer):
    names = {"dropout", "modality_dropout"} & set(type(case.config).model_fields)  # each replica draws its own
    model = build_model(case.config.model_copy(update=dict.fromkeys(names, 0.0)), case.spec, seed=1)
    return compile_model(model, optimizer={**ADAM, **optimizer}, **case.compile_keywords())


def on_replicas(case, rows, held, strategy, epochs=2, **optimizer):
    alone = model_of(case, **optimizer)
    with strategy.scope():
        model = model_of(case, **optimizer)
        assign_variables(model.variables, [variable.numpy() for variable in alone.variables])
        step = Step(model, strategy, rows.few)
    history = fit_on_replicas(step, rows, held, Beginning(), epochs=epochs, batch_size=BATCH, shuffle=True, seed=SEED,
                              callbacks=[keras.callbacks.History()])  # fmt: skip
    return history, model


def furthest(pairs):
    """The greatest difference, relative to numbers above 1."""
    return max(float(np.max(np.abs(np.subtract(a, b)) / np.maximum(np.abs(b), 1.0))) for a, b in pairs)


def apart(case, rows, held, strategy, **optimizer):
    history, model = on_replicas(case, MemoryRows(rows, 2), held, strategy, **optimizer)
    alone = model_of(case, **optimizer)
    expected = fit_keras(alone, rows, held, epochs=2, batch_size=BATCH, seed=SEED)
    assert sorted(history) == sorted(expected), (list(history), list(expected))
    logged = [(history[name], expected[name]) for name in expected]
    return furthest([*logged, *zip(model.get_weights(), alone.get_weights(), strict=True)])


def weighted(rows):
    weights = {name: np.linspace(0.1, 2.0, len(rows)).astype("float32") for name in rows.y}
    return Arrays(rows.x, rows.y, rows.rows, weights)


def fitted(model, arrays, batch):
    x, y, *_ = rows_of(arrays)
    return model.fit(x, y, batch_size=batch, epochs=1, shuffle=False, verbose=0).history


def unequal(case, strategy):
    """Lists of 20 and 13 parts, against one network that is fitted to one batch after the other."""
    arrays = case.arrays(261)
    rows = Unequal(arrays, 2)
    history, model = on_replicas(case, rows, None, strategy)
    alone, losses = model_of(case), []
    for epoch in range(2):
        feeds = [list(rows.epoch(replica, SEED, epoch, BATCH, shuffle=True, first=0)) for replica in (0, 1)]
        assert [len(feed) for feed in feeds] == [20, 13]
        batches = [np.concatenate([feed[place].rows for feed in feeds if place < len(feed)]) for place in range(20)]
        losses.append(
            sum(len(rows) * fitted(alone, take(arrays, rows), len(rows))["loss"][0] for rows in batches) / 261
        )
    return furthest([(history["loss"], losses), *zip(model.get_weights(), alone.get_weights(), strict=True)])


def statistics(strategy):
    """BatchNorm's means where nothing is learnt, against the mean of two networks that see one replica's rows each."""
    case = case_of("sequential-batch-norm")
    rows, still = MemoryRows(case.arrays(64), 2), {"learning_rate": 1e-30}
    _, model = on_replicas(case, rows, case.arrays(9, 1), strategy, epochs=1, **still)
    expected = []
    for replica in (0, 1):
        alone = model_of(case, **still)
        parts = list(rows.epoch(replica, SEED, 0, BATCH, shuffle=True, first=0))
        fitted(alone, take(rows.arrays, np.concatenate([part.rows for part in parts])), BATCH // 2)
        expected.append(alone.get_weights())
    both = read_local(strategy, model.variables)
    mean = [(a + b) / 2 for a, b in zip(*expected, strict=True)]
    assert not all(np.allclose(a, b) for a, b in zip(*expected, strict=True))
    return furthest([pair for own in both for pair in zip(own, mean, strict=True) if own])


if __name__ == "__main__":
    devices = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], devices)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    found = {"replicas": strategy.num_replicas_in_sync}
    case = case_of("multi_output")
    found["clipped, weighted"] = apart(case, weighted(case.arrays(75)), None, strategy, global_clipnorm=0.05)
    case = case_of("multimodal-heads")
    found["tables"] = apart(case, case.arrays(75), case.arrays(21, 1), strategy)
    found["unequal"] = unequal(case, strategy)
    found["statistics"] = statistics(strategy)
    print(json.dumps(found))

"""In a process whose Keras runs on JAX: trains cases by Model.fit and by a scan, and prints the greatest differences.

python jax_trainer.py cases NAME ...        -> {name: difference of losses and weights after five epochs}
python jax_trainer.py file MODEL ROWS       -> the losses of a network from a file, twice
python jax_trainer.py own                   -> what a model with a training step of its own logs, and is told
python jax_trainer.py resume RECIPE         -> whether an interrupted run ends as one that was not, bit for bit
"""

import json
import sys

import keras
import numpy as np
from cases import BINARY, CASES, NUMBERS, VALUE, Case

import nnrecipes as nn
from nnrecipes.config.model import SequentialConfig
from nnrecipes.data.spec import Arrays
from nnrecipes.models.build import build_model
from nnrecipes.training.compile import compile_model
from nnrecipes.training.fit import fit_keras
from nnrecipes.training.load_model import load_model
from nnrecipes.training.scanned import PROGRAMS, fit_scanned
from nnrecipes.training.trainers import fit

OPTIONS = {"epochs": 5, "batch_size": 16, "seed": 3}
OPTIMIZERS = {
    "adam": {"kind": "adam", "learning_rate": 0.01, "epsilon": 1e-4},
    "adamw": {"kind": "adamw", "learning_rate": 0.01, "weight_decay": 0.01, "epsilon": 1e-4, "clipnorm": 0.5,
              "gradient_accumulation_steps": 2, "use_ema": True},
}  # fmt: skip
OWN = {
    "hard": Case("hard", SequentialConfig(hidden_units=(16, 8), dropout=0.3, batch_norm=True, l2=1e-3), (NUMBERS,),
                 (BINARY,)),
    "dense": Case("dense", SequentialConfig(hidden_units=(8,)), (NUMBERS,), (VALUE,)),
}  # fmt: skip
EVERY = {**{case.name: case for case in CASES}, **OWN}


def compiled(case, optimizer):
    model = build_model(case.config, case.spec, seed=1)
    return compile_model(model, optimizer=OPTIMIZERS[optimizer], **case.compile_keywords())


def weighted(arrays):
    weights = {name: np.linspace(0, 2, len(arrays), dtype="float32") for name in arrays.y}
    return Arrays(arrays.x, arrays.y, arrays.rows, weights)


def difference(case, optimizer="adam"):
    """Of losses and weights; one epoch is early-stopped by a callback that restores the best weights."""
    rows, validation = weighted(case.arrays(50)), case.arrays(21, 1)
    models = compiled(case, optimizer), compiled(case, optimizer)
    kinds = keras.callbacks
    stop = [[kinds.EarlyStopping(patience=1, restore_best_weights=True)] for _ in models]
    if optimizer == "adamw":  # weights are swapped before the validation and behind it
        stop = [[kinds.SwapEMAWeights(), *own] for own in stop]
    theirs = fit_keras(models[0], rows, validation, **OPTIONS, callbacks=stop[0])
    ours = fit_scanned(models[1], rows, validation, **OPTIONS, callbacks=stop[1])
    assert list(theirs) == list(ours)
    found = [np.abs(np.array(theirs[name]) - ours[name]) / (1 + np.abs(theirs[name])) for name in theirs]
    weights = zip(models[0].get_weights(), models[1].get_weights(), strict=True)
    found += [np.abs(a.astype("float64") - b) / (1 + np.abs(a)) for a, b in weights]
    return float(max(np.max(each, initial=0) for each in found))


class OwnStep(keras.Model):
    def train_step(self, state, data):
        logs, state = super().train_step(state, data)
        return {"mine": 2 * logs["loss"], **logs}, state


def own_step():
    said, case = [], EVERY["dense"]
    made = build_model(case.config, case.spec, seed=1)
    model = compile_model(OwnStep(made.inputs, made.outputs), optimizer=OPTIMIZERS["adam"], **case.compile_keywords())
    history = fit(model, case.arrays(50), **OPTIONS, say=said.append)
    return {"names": sorted(history), "said": said}


def of_file(path, rows):
    kept = np.load(rows)
    arrays = Arrays({"numbers": kept["x"]}, {"late": kept["y"]}, np.arange(len(kept["x"])))
    histories, said = [], []
    for _ in range(2):
        histories.append(fit(load_model(path), arrays, **OPTIONS, say=said.append))
    return {"history": histories[0], "again": histories[1], "said": said, "programs": len(PROGRAMS)}


class Interrupted(keras.callbacks.Callback):
    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_end(self, epoch, logs=None):
        if epoch == self.epoch:
            raise KeyboardInterrupt


def resumed(recipe):
    changes = {"training.epochs": 8, "training.callbacks.progress": False}
    whole = nn.train(recipe, changes, callbacks=[Interrupted(None)], runs_dir="whole")
    try:
        nn.train(recipe, changes, callbacks=[Interrupted(4)], runs_dir="cut")
    except KeyboardInterrupt:
        after = nn.resume("latest", callbacks=[Interrupted(None)], runs_dir="cut")
    pairs = zip(whole.model.get_weights(), after.model.get_weights(), strict=True)
    return {"equal": all(np.array_equal(a, b) for a, b in pairs), "history": whole.history == after.history,
            "resumed": len(after.provenance["resumed"]), "versions": after.provenance["versions"]}  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1] == "file":
        print(json.dumps(of_file(*sys.argv[2:])))
    elif sys.argv[1] == "own":
        print(json.dumps(own_step()))
    elif sys.argv[1] == "resume":
        print(json.dumps(resumed(*sys.argv[2:])))
    else:
        print(json.dumps({word: difference(EVERY[word.partition(":")[0]], word.partition(":")[2] or "adam")
                          for word in sys.argv[2:]}))  # fmt: skip

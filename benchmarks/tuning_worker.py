"""One search of ``benchmarks/tuning.py`` in a process of its own; its answer is the last line, as JSON.

::

    python benchmarks/tuning_worker.py ours|hand|memory|networks TRIALS SEED
    python benchmarks/tuning_worker.py california DATA SEEDS
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import optuna
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

import nnrecipes as nn
import nnrecipes.tuning.networks
import nnrecipes.tuning.tune  # before the clock starts, as the other libraries

UNITS = [[16, 32], [32, 32], [64, 32]]
EPOCHS = 30
SPACE = {
    "training.optimizer.learning_rate": {"loguniform": [1e-4, 1e-1]},
    "training.optimizer.weight_decay": {"loguniform": [1e-6, 1e-2]},
    "model.hidden_units": {"choice": UNITS},
}
NETWORKS = {**SPACE, "model.hidden_units": {"choice": [[a, b] for a in range(8, 24) for b in range(8, 24)]}}
MINUTES = 10


def ours(trials: int, seed: int, space: dict[str, Any] = SPACE, notify: Any = None) -> float:
    """The best validation loss of a search by this package; no trial is given up early."""
    overrides = {
        "seed": seed,
        "training.epochs": EPOCHS,
        "training.callbacks.progress": False,
        "tuning": {"space": space, "trials": trials, "pruner": "none"},
    }
    with tempfile.TemporaryDirectory() as folder:
        found = nn.tune("iris_multi_output", overrides, runs_dir=folder, retrain=False, notify=notify)
    if len(found.trials) != trials or any(row["epochs"] != EPOCHS for row in found.trials):
        sys.exit(f"expected {trials} trials of {EPOCHS} epochs")
    return found.scores[0]


def hand(trials: int, seed: int) -> float:
    """The same as an ordinary user writes it."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    table = load_iris()
    rows, species = table.data.astype("float32"), table.target
    kept, _, kept_species, _ = train_test_split(rows, species, test_size=0.2, stratify=species, random_state=seed)
    train, held, train_species, held_species = train_test_split(
        kept, kept_species, test_size=0.25, stratify=kept_species, random_state=seed
    )
    scaler = StandardScaler().fit(train[:, :3])
    x, x_held = scaler.transform(train[:, :3]), scaler.transform(held[:, :3])
    y = {"cont_out": train[:, 3:], "cat_out": train_species}
    y_held = {"cont_out": held[:, 3:], "cat_out": held_species}

    def objective(trial: Any) -> float:
        keras.utils.set_random_seed(seed)
        units = UNITS[trial.suggest_categorical("units", range(len(UNITS)))]
        inputs = keras.Input((3,))
        hidden = inputs
        for count in units:
            hidden = keras.layers.Dense(count, activation="relu")(hidden)
        outputs = {
            "cont_out": keras.layers.Dense(1, name="cont_out")(hidden),
            "cat_out": keras.layers.Dense(3, activation="softmax", name="cat_out")(hidden),
        }
        model = keras.Model(inputs, outputs)
        rate = trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True)
        decay = trial.suggest_float("weight_decay", 1e-6, 1e-2, log=True)
        model.compile(
            optimizer=keras.optimizers.Adam(learning_rate=rate, weight_decay=decay),
            loss={"cont_out": "mae", "cat_out": "sparse_categorical_crossentropy"},
            metrics={"cont_out": ["mae"], "cat_out": ["accuracy"]},
        )
        history = model.fit(x, y, validation_data=(x_held, y_held), epochs=EPOCHS, batch_size=8, verbose=0)
        return min(history.history["val_loss"])

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    study.optimize(objective, n_trials=trials)
    return float(study.best_value)


def resident() -> float:
    """Resident memory of this process, in MiB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def memory(trials: int, seed: int, space: dict[str, Any]) -> dict[str, float]:
    """Resident memory after 20 trials, and after all."""
    seen: list[float] = []

    def notify(line: str) -> None:
        if line.startswith("trial "):
            seen.append(resident())

    ours(trials, seed, space, notify)
    return {"early": seen[19], "late": seen[trials - 1]}


def main() -> None:
    work, first, seed = sys.argv[1:]
    begun, cpu = time.perf_counter(), time.process_time()
    answer: dict[str, Any]
    if work == "california":
        from tuning_california import california

        answer = california(Path(first), int(seed))
    elif work in ("memory", "networks"):
        answer = memory(int(first), int(seed), SPACE if work == "memory" else NETWORKS)
    else:
        answer = {"best": {"ours": ours, "hand": hand}[work](int(first), int(seed))}
    answer = {"seconds": time.perf_counter() - begun, "cpu_seconds": time.process_time() - cpu, **answer}
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()

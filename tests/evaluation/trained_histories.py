"""Real trainings of scikit-learn's networks -> histories, scores, and what was really wrong with them.

What is wrong is found out by experiment, not by the curves: the risk on 4,000 fresh rows at each epoch, the same training
continued, continued at a tenth of the learning rate, and a wide network trained with care on the same rows.
"""

import warnings

import numpy as np
from sklearn.linear_model import RidgeCV
from sklearn.neural_network import MLPRegressor

from nnrecipes.config.load import load_config
from nnrecipes.data.spec import TargetSpec
from nnrecipes.evaluation.advice import advise
from nnrecipes.evaluation.compare import compare

TARGET = TargetSpec("y", "y", "regression", "linear", "value")
KINDS = ("overfitting", "longer", "capacity", "unstable", "linear", "healthy")


def truth(x, kind):
    if kind == "linear":
        return x[:, 0] - 0.5 * x[:, 1] + 0.3 * x[:, 2]
    return np.sin(2 * x[:, 0]) * x[:, 1] + 0.7 * np.abs(x[:, 2])


def settings(kind, rng):
    """rows, noise, hidden units, learning rate, batch, epochs."""

    def pick(*values):
        return values[rng.integers(len(values))]

    match kind:
        case "overfitting":
            return pick(60, 100, 150), pick(0.3, 0.6, 1.0), pick((64, 64), (128,)), pick(0.003, 0.01), 16, pick(80, 150)
        case "longer":
            return pick(300, 1000), pick(0.1, 0.3), (32,), pick(1e-4, 3e-4), 32, pick(15, 30)
        case "capacity":
            return pick(500, 1000), pick(0.1, 0.3), pick((1,), (2,), (1, 4)), 0.01, 32, pick(80, 120)
        case "unstable":
            return pick(150, 300), pick(0.05, 0.2), (32,), pick(0.05, 0.1, 0.2), pick(1, 2, 4), pick(30, 60)
        case "linear":
            return pick(150, 300), pick(0.3, 0.6), pick((8,), (16,)), 0.003, 16, pick(60, 100)
        case _:
            return pick(800, 1500), pick(0.1, 0.3), pick((32,), (64,), (32, 32)), pick(0.003, 0.005), 32, pick(40, 70)


class Sets:
    """Training, validation, test and fresh rows of one problem."""

    def __init__(self, kind, rows, noise, rng):
        x = rng.normal(size=(rows, 6))
        y = truth(x, kind) + rng.normal(0, noise, rows)
        a, b = int(0.6 * rows), int(0.8 * rows)
        self.train, self.validation, self.test = (x[:a], y[:a]), (x[a:b], y[a:b]), (x[b:], y[b:])
        fresh = rng.normal(size=(4000, 6))
        self.fresh = fresh, truth(fresh, kind) + rng.normal(0, noise, 4000)


def risk(model, rows):
    return float(np.mean((model.predict(rows[0]) - rows[1]) ** 2))


def epochs_of(model, sets, epochs):
    """Train; return training, validation and fresh loss of each epoch."""
    curves = []
    for _ in range(epochs):
        model.partial_fit(*sets.train)
        curves.append([risk(model, rows) for rows in (sets.train, sets.validation, sets.fresh)])
    return np.array(curves)


def network(hidden, rate, batch, seed):
    return MLPRegressor(
        hidden_layer_sizes=hidden, learning_rate_init=rate, batch_size=batch, alpha=0.0, random_state=seed
    )


def cases(each, seed):
    """Yield (what is really wrong, the kind of training, what the advice says)."""
    rng = np.random.default_rng(seed)
    for kind in KINDS:
        for number in range(each):
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                yield _case(kind, rng, number)


def _case(kind, rng, number):
    rows, noise, hidden, rate, batch, epochs = settings(kind, rng)
    sets = Sets(kind, rows, noise, rng)
    model = network(hidden, rate, min(batch, len(sets.train[0])), number)
    curves = epochs_of(model, sets, epochs)
    line = RidgeCV(np.logspace(-2, 3, 6)).fit(*sets.train)
    against = compare(TARGET, sets.test[1], model.predict(sets.test[0]), line.predict(sets.test[0]), seed=0)
    mean = float(np.sqrt(np.mean((sets.test[1] - sets.train[1].mean()) ** 2)))
    scores = {"y": {"baselines": {"mean": {"rmse": mean}}, "against_linear": against}}
    config = load_config({
        "data": {"source": {"kind": "csv", "path": "rows.csv"}}, "targets": {"y": {"task": "regression"}},
        "model": {"kind": "sequential", "hidden_units": list(hidden)},
        "training": {"epochs": epochs, "batch_size": batch, "optimizer": {"kind": "adam", "learning_rate": rate}},
    }).config  # fmt: skip
    told = advise({"loss": curves[:, 0], "val_loss": curves[:, 1]}, scores, config)
    return ailments(curves, model, sets, line, rate, number), kind, {item.kind for item in told}


def ailments(curves, model, sets, line, rate, number):
    """What experiments say is wrong."""
    end, best = np.median(curves[-5:, 2]), np.min(np.convolve(curves[:, 2], np.ones(3) / 3, "valid"))
    found = {"overfitting"} if end > 1.05 * best else set()
    if end > 0.98 * risk(line, sets.fresh):
        found.add("linear")
    level = np.median(curves[-10:, 0])
    wide = network((64, 64), 0.003, 32, number)
    reference = epochs_of(wide, sets, 40)[:, 2].min()
    further = epochs_of(model, sets, min(len(curves), 50))
    model.set_params(learning_rate_init=rate / 10)
    model._optimizer.learning_rate_init = rate / 10
    calmer = np.median(epochs_of(model, sets, 10)[-5:, 0])
    if calmer < 0.85 * min(level, np.median(further[-10:, 0])):
        found.add("unstable")
    alike = curves[-5:, 1].mean() < 1.3 * curves[-5:, 0].mean()
    if (further[:, 2].min() < 0.97 * end and "overfitting" not in found) or (alike and reference < 0.9 * end):
        found.add("underfitting")
    return found or {"healthy"}

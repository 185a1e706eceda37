"""Plant ailments in simulated histories and recipes, count who is told what, write docs/advice.md.

    python tests/evaluation/generate_advice.py

The simulation knows nothing of the rules: a loss falls as a sum of two exponentials to a floor, with noise from epoch to
epoch; validation adds a gap, a noise of its own and, where overfitting is planted, a rise. Thresholds were set with seeds 1
and 2; the table is of seed 3.
"""

import sys
from collections import Counter
from pathlib import Path

import numpy as np

from nnrecipes.config.advice import advise_config
from nnrecipes.config.load import load_config
from nnrecipes.evaluation.advice import advise

DOCS = Path(__file__).parents[2] / "docs" / "advice.md"
CASES = 100
AFTER = ("overfitting", "underfitting", "unstable", "linear")
BEFORE = (
    "dropout_at_output",
    "dropout_everywhere",
    "unscaled_inputs",
    "unscaled_target",
    "batch_size",
    "softmax_one_unit",
)


def uniform(rng, low, high, *, log=False):
    return float(np.exp(rng.uniform(np.log(low), np.log(high))) if log else rng.uniform(low, high))


def history(rng, planted):
    """One history; healthy but for what is planted."""
    epochs = int(uniform(rng, 20, 250, log=True))
    t = np.arange(epochs)
    floor = uniform(rng, 0.02, 0.8, log=True)
    fast = uniform(rng, 0.02, 0.12) * epochs
    trend = floor + uniform(rng, 0.5, 2) * np.exp(-t / fast) + floor * uniform(rng, 0, 0.15) * np.exp(-t / (3 * fast))
    if planted == "longer":
        trend = floor * uniform(rng, 0.1, 1) + uniform(rng, 0.5, 2) * np.exp(-t / (epochs * uniform(rng, 0.35, 2)))
    if planted == "capacity":
        trend = uniform(rng, 0.3, 1) * (1 + uniform(rng, 0.02, 0.2) * np.exp(-t / fast))
    widest = {"capacity": (-0.1, 0.1), "gap": (0.3, 1.5)}.get(planted, (-0.1, 0.3))
    gap = 1 + uniform(rng, *widest) * (1 - np.exp(-t / fast))
    validation = trend * gap
    if planted == "overfitting":
        start = int(uniform(rng, 0.1, 0.6) * epochs)
        late = np.clip((t - start) / (epochs - start), 0, None)
        validation = validation + validation[start] * uniform(rng, 0.08, 1.5, log=True) * late ** uniform(rng, 0.7, 1.6)
        trend = trend * (1 - uniform(rng, 0.1, 0.8) * late)
    elif planted == "healthy":
        validation = validation * (1 + uniform(rng, 0, 0.03) * t / epochs)
    jitter = uniform(rng, 0.12, 0.6, log=True) if planted == "unstable" else uniform(rng, 0.001, 0.03, log=True)
    shared = rng.normal(0, jitter, epochs)
    loss = trend * np.exp(shared)
    validation = validation * np.exp(0.5 * shared + rng.normal(0, uniform(rng, 0.002, 0.03, log=True), epochs))
    if rng.random() < 0.2:
        spike = rng.integers(epochs)
        loss[spike] *= 3
        validation[spike] *= 2
    if planted == "unstable" and rng.random() < 0.1:
        loss[rng.integers(3, epochs) :] = np.nan
    return {"loss": loss.tolist(), "val_loss": validation.tolist()}


def scores(rng, planted):
    """Test scores of one target: a network, a line and a constant, and the interval of a paired comparison."""
    constant = uniform(rng, 0.4, 1.2)
    line = constant * uniform(rng, 0.3, 0.9)
    se = line * uniform(rng, 0.005, 0.06, log=True)
    if planted in {"even", "gap"}:
        true = line * uniform(rng, 0, 0.04 if planted == "even" else 0.25)
    elif planted == "capacity":
        true = line * uniform(rng, 0.1, 0.6) + 2 * se
    else:
        true = -max(line * uniform(rng, 0.05, 0.4), uniform(rng, 1.5, 5) * se)
    difference = true + rng.normal(0, se)
    network = line + difference
    if planted == "narrow":
        line = network = constant * uniform(rng, 0.9, 1)
        difference, network = -0.05 * line, 0.95 * network
    against = {"metric": "log_loss", "network": network, "linear": line, "difference": difference,
               "low": difference - 2 * se, "high": difference + 2 * se}  # fmt: skip
    return {
        "y": {
            "baselines": {"majority": {"log_loss": constant}, "linear": {"log_loss": line}},
            "against_linear": against,
        }
    }


def recipe(rng, **changes):
    """A healthy recipe with some of its choices at random."""
    base = {
        "data": {"source": {"kind": "csv", "path": "rows.csv"}},
        "targets": {"y": {"task": "binary"}},
        "model": {
            "kind": "sequential",
            "hidden_units": rng.choice([16, 32, 64, 128], rng.integers(1, 4)).tolist(),
            "dropout": float(rng.choice([0.0, 0.0, 0.1, 0.2])),
        },
        "training": {"epochs": 100, "batch_size": int(rng.choice([8, 16, 32, 64, 128, 256, 512, 1024]))},
    }
    return load_config(base, changes).config


def after_cases(seed):
    """Yield (what is planted, its form, what the advice says) for every kind and for healthy runs.

    A network that is flat, alike on both sets and clearly worse than a line underfits, and does not beat the line.
    """
    rng = np.random.default_rng(seed)
    for planted in ("overfitting", "underfitting", "unstable", "linear", "healthy"):
        for i in range(CASES):
            forms = {"underfitting": ("longer", "capacity", "narrow"), "linear": ("even", "gap")}.get(
                planted, (planted,)
            )
            form = forms[i % len(forms)]
            curves = history(rng, {"even": "healthy", "narrow": "capacity"}.get(form, form))
            changes = {"model.hidden_units": [int(rng.integers(1, 5))]} if form == "narrow" else {}
            if planted == "healthy" and i % 4 == 0:
                changes = {"training.callbacks.early_stopping": {"patience": 10}}
                curves = history(rng, "overfitting")  # the best weights came back
            found = advise(curves, scores(rng, form), recipe(rng, **changes))
            yield {planted} | ({"linear"} if form == "capacity" else set()), form, {item.kind for item in found}


def before_cases(seed):
    """Yield (planted, what the advice says) of recipes."""
    rng = np.random.default_rng(seed)
    for planted in (*BEFORE, "healthy"):
        for i in range(CASES):
            rows = int(uniform(rng, 100, 500_000, log=True))
            changes, spread = _plant(rng, planted, rows, i)
            changes.setdefault("training.batch_size", _fitting(rng, rows))
            found = advise_config(
                recipe(rng, **changes), rows=rows if i % 2 or planted == "batch_size" else None, spread=spread
            )
            yield {planted}, planted, {item.kind for item in found}


def _fitting(rng, rows):
    return int(min(1024, max(8, 2 ** round(np.log2(rows / 50) + rng.uniform(-2, 2)))))


def _plant(rng, planted, rows, i):
    units = rng.choice([16, 32, 64, 128], rng.integers(2, 5)).tolist()
    regression = {"task": "regression"}
    dense = [{"kind": "Dense", "units": n, "activation": "relu"} for n in units]
    if planted == "dropout_at_output":
        rate = uniform(rng, 0.21, 0.6)
        if i % 2:
            return {"model": {"kind": "layers", "layers": [*dense, {"kind": "Dropout", "rate": rate}]}}, None
        return {"model.hidden_units": units, "model.dropout": [0.0] * (len(units) - 1) + [rate]}, None
    if planted == "dropout_everywhere":
        rate = uniform(rng, 0.3, 0.6)
        if i % 2:
            pairs = [layer for one in dense for layer in (one, {"kind": "Dropout", "rate": rate})]
            return {"model": {"kind": "layers", "layers": pairs}}, None
        return {"model.hidden_units": units, "model.dropout": rate}, None
    if planted == "unscaled_inputs":
        spread = {"a": uniform(rng, 8, 1e4, log=True), "b": uniform(rng, 0.3, 3)} if i % 2 else None
        return {"preprocessing.numeric.scale": "none"}, spread
    if planted == "unscaled_target":
        spread = {"a": 1.0, "y": uniform(rng, 8, 1e5, log=True)} if i % 2 else None
        return {"targets.y": {**regression, "scale": "none"}}, spread
    if planted == "batch_size":
        large = {"training.batch_size": int(min(1024, max(16, rows / 50)) * uniform(rng, 16, 64))}
        tiny = {"training.batch_size": int(rng.choice([1, 2]))}
        return (tiny if i % 2 and rows > 3000 else large), None
    if planted == "softmax_one_unit":
        head = {"kind": "Dense", "units": 1, "activation": "softmax"}
        return {"model": {"kind": "layers", "layers": [*dense, head]}}, None
    healthy = (
        {},
        {"targets.y": {**regression, "scale": "standard"}},
        {"preprocessing.numeric.scale": "minmax"},
        {"model": {"kind": "layers", "layers": [dense[0], {"kind": "Dropout", "rate": 0.3}, *dense[1:]]}},
        {"preprocessing.numeric.scale": "none"},
        {"model.hidden_units": [64, 64], "model.dropout": [0.4, 0.1]},
        {"targets.y": {**regression, "scale": "none"}},
        {"model.activation": "softmax", "model.hidden_units": [8]},
    )
    spread = {"a": uniform(rng, 0.3, 3), "y": uniform(rng, 0.3, 3)}
    return dict(healthy[i % len(healthy)]), spread


def table(cases, kinds):
    """Rows of (kind, planted, found, told, right, precision, told to healthy)."""
    planted, found, told, healthy = Counter(), Counter(), Counter(), Counter()
    for ailments, _, kinds_told in cases:
        planted.update(ailments)
        told.update(kinds_told)
        found.update(kinds_told & ailments)
        healthy.update(kinds_told if ailments <= {"healthy"} else ())
    return [
        (kind, planted[kind], found[kind], told[kind], found[kind] / max(told[kind], 1), healthy[kind])
        for kind in kinds
    ]


def text():
    """The page."""
    lines = [
        "# Advice",
        "",
        "A run ends with at most three sentences, and `nnrecipes check` with some more: each says what was seen, with its figure,",
        "and what to try, as an override. The rules are in `nnrecipes/evaluation/advice.py` and `nnrecipes/config/advice.py`.",
        "",
        f"How often is advice right? {CASES} cases of each kind were planted in simulated histories and recipes, beside {CASES}",
        "healthy ones; every kind was looked for in all of them. `python tests/evaluation/generate_advice.py` makes this page; a",
        "test compares the two.",
    ]
    for title, cases, kinds in (
        ("After a run", list(after_cases(3)), AFTER),
        ("Before a run", list(before_cases(3)), BEFORE),
    ):
        lines += [
            "",
            f"## {title}",
            "",
            "| kind | planted | found | told | precision | told to the healthy |",
            "|---|---|---|---|---|---|",
        ]
        lines += [
            f"| {kind} | {planted} | {found} | {told} | {precision:.2f} | {healthy} of {CASES} |"
            for kind, planted, found, told, precision, healthy in table(cases, kinds)
        ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if "--seed" in sys.argv:
        seed = int(sys.argv[-1])
        for name, cases, kinds in (
            ("after", list(after_cases(seed)), AFTER),
            ("before", list(before_cases(seed)), BEFORE),
        ):
            print(name, Counter((form, kind) for _, form, told in cases for kind in told))
            for row in table(cases, kinds):
                print(row)
    else:
        DOCS.write_text(text(), "utf-8")

"""``model.preset`` of a tabular network -> the values that it writes wherever a recipe has none of its own.

A preset fills ``preprocessing``, ``model`` and ``training``, so the resolved recipe of a run shows every value. What
depends on how much there is to learn from (batch size, epochs) follows from the number of training rows, once known.

| preset | what |
|---|---|
| fast | one network of two layers, half of the epochs |
| good | one network of three layers |
| best | the mean of six of these, from six seeds |
"""

from collections.abc import Mapping
from typing import Any

Values = dict[str, Any]
MODEL: dict[str, Values] = {
    "fast": {"hidden_units": [256, 256]},
    "good": {"hidden_units": [256, 256, 256]},
    "best": {"hidden_units": [256, 256, 256]},
}
EPOCHS = {"fast": 16, "good": 32, "best": 32}
ENSEMBLE = {"fast": 1, "good": 1, "best": 6}
PREPROCESSING: Values = {
    "numeric": {"missing": "indicator", "scale": "robust_clip", "quantile_bins": 48, "distinct_bins": 48,
                "target_bins": 32},
    "categorical": {"missing": "indicator", "encode": "embedding"},
}  # fmt: skip
OPTIMIZER: Values = {"kind": "adamw", "learning_rate": 0.05, "beta_2": 0.95, "weight_decay": 0.02}
UNKNOWN_ROWS = 10_000
FEW_ROWS = 2000
LEAST_UPDATES = {"fast": 750, "good": 1500, "best": 1500}
MOST_UPDATES = 20_000


def with_preset(values: Mapping[str, Any], rows: int | None = None) -> Values:
    """Return a recipe's values with those of its preset beneath them; without one they stay as they are.

    Args:
        values: Of the recipe, kinds spelt out.
        rows: Training rows, where they are known.

    Example:
        >>> recipe = {"model": {"kind": "tabular", "preset": "fast"}, "training": {"epochs": 7}}
        >>> found = with_preset(recipe, rows=1000)
        >>> found["training"]["epochs"], found["training"]["batch_size"], found["model"]["hidden_units"]
        (7, 16, [256, 256])
    """
    model = values.get("model")
    if not isinstance(model, Mapping) or model.get("kind") != "tabular":
        return dict(values)
    preset = model.get("preset", "good")
    if preset not in MODEL:  # "none", or a name that validation refuses
        return dict(values)
    known = rows or UNKNOWN_ROWS
    network = {**MODEL[preset], "piecewise_dim": 16, "dropout": 0.1 if known >= FEW_ROWS else 0.3}
    return merged(values, {"preprocessing": PREPROCESSING, "model": network, "training": _training(preset, known)})


def merged(values: Mapping[str, Any], beneath: Mapping[str, Any]) -> Values:
    """Return ``values``, and what only ``beneath`` has; sections of two kinds are not mixed.

    Example:
        >>> merged({"a": {"kind": "sgd"}, "b": None}, {"a": {"kind": "adam", "x": 1}, "b": {"y": 2}, "c": 3})
        {'a': {'kind': 'sgd'}, 'b': None, 'c': 3}
    """
    found = dict(values)
    for key, value in beneath.items():
        own = found.get(key)
        if key not in found:
            found[key] = value
        elif isinstance(own, Mapping) and isinstance(value, Mapping) and _alike(own, value):
            found[key] = merged(own, value)
    return found


def _alike(own: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    kinds = {str(section["kind"]).replace("_", "").casefold() for section in (own, value) if "kind" in section}
    return len(kinds) < 2


def _training(preset: str, rows: int) -> Values:
    """The ``training`` section: batches of 16 to 256 rows, more where there are very many; enough updates, if few."""
    batch = 2 ** max(4, min(8, (rows // 64).bit_length()))
    while rows / batch * EPOCHS[preset] > MOST_UPDATES and batch < 2048:
        batch *= 2
    steps = max(rows / batch, 1)
    enough = min(max(EPOCHS[preset], LEAST_UPDATES[preset] / steps), 4 * EPOCHS[preset])
    epochs = round(min(enough, max(MOST_UPDATES / steps, 8)))
    callbacks = {"early_stopping": {"patience": epochs}, "schedule": {"kind": "coslog", "cycles": 4}, "fade": {}}
    return {"epochs": epochs, "batch_size": batch, "optimizer": OPTIMIZER, "ensemble": ENSEMBLE[preset],
            "callbacks": callbacks}  # fmt: skip

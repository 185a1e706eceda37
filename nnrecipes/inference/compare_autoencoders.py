"""Two runs of autoencoders -> what differs between their recipes, and whether their test rows' errors differ."""

from typing import Any

import numpy as np
import pandas as pd

from nnrecipes.config.load import resolved
from nnrecipes.evaluation.reconstruction import with_intervals
from nnrecipes.inference.autoencoder import AutoencoderRun
from nnrecipes.runs.integrity import check_file

FACTS = ("parameters", "epochs", "updates", "seconds", "seed")


def compare_autoencoders(
    a: AutoencoderRun, b: AutoencoderRun, *, confidence: float = 0.95, resamples: int = 1000, seed: int = 0
) -> dict[str, Any]:
    """Compare two finished runs; the answer has the form of :func:`nnrecipes.inference.compare.compare`.

    Where both scored the same rows of the same data, the interval of ``error`` is of differences row by row; the other
    metrics stand beside each other without one.

    Raises:
        RunError: A run's file of test rows is damaged.
    """
    from nnrecipes.inference.compare import config_differences

    first, second = _errors(a), _errors(b)
    why = _why_not(a, b, first.index.equals(second.index))
    row: dict[str, Any] = {"a": float(first.mean()), "b": float(second.mean()), "low": None, "high": None}
    if not why:
        change = np.asarray(second - first)
        drawn = with_intervals({"d": change}, confidence=confidence, resamples=resamples, seed=seed)["d"]
        row |= {"low": drawn["low"], "high": drawn["high"]}
    row["difference"] = row["b"] - row["a"]
    targets: dict[str, Any] = {
        "reconstruction": {"task": "reconstruction", "paired": not why, "metric": "error",
                           "metrics": {"error": row, **_beside(a, b, "reconstruction")},
                           "sentence": _sentence(row, len(first), why, confidence)}
    }  # fmt: skip
    for part in ("code", "anomaly"):
        if metrics := _beside(a, b, part):
            sentence = f"{part}: the runs' figures stand beside each other, without an interval."
            targets[part] = {"task": part, "paired": False, "metric": None, "metrics": metrics, "sentence": sentence}
    return {
        "a": _about(a),
        "b": _about(b),
        "config": config_differences(resolved(a.config), resolved(b.config)),
        "rows": {"paired": not why, "why": why, "a": len(first), "b": len(second)},
        "confidence": confidence,
        "targets": targets,
    }


def _errors(run: AutoencoderRun) -> "pd.Series[float]":
    path = check_file(run.folder, run.folder.predictions, run.provenance)
    return pd.read_csv(path).set_index("row_id")["error"]


def _beside(a: AutoencoderRun, b: AutoencoderRun, part: str) -> dict[str, dict[str, Any]]:
    """The metrics that both have, and their differences."""
    ours, theirs = (run.metrics.get(part, {}).get("metrics", {}) for run in (a, b))
    rows = {}
    for name in (name for name in ours if name in theirs):
        values = ours[name]["value"], theirs[name]["value"]
        difference = None if None in values else values[1] - values[0]
        rows[name] = {"a": values[0], "b": values[1], "difference": difference, "low": None, "high": None}
    return rows


def _why_not(a: AutoencoderRun, b: AutoencoderRun, same: bool) -> str:
    if a.provenance["data"]["sha256"] != b.provenance["data"]["sha256"]:
        return "the runs were scored on different data"
    return "" if same else "the runs were scored on different rows of the same data"


def _sentence(row: dict[str, Any], rows: int, why: str, confidence: float) -> str:
    numbers = f"error {row['a']:.4g} in A, {row['b']:.4g} in B (B - A {row['difference']:+.4g}"
    if why or row["low"] is None:
        return f"reconstruction: not compared row by row: {numbers}; {why or 'too few rows'})."
    numbers += f", {confidence * 100:.4g} % interval {row['low']:+.4g} to {row['high']:+.4g}; the same {rows:,} rows)"
    won = "B is better" if row["high"] < 0 else "A is better" if row["low"] > 0 else "no clear difference"
    return f"reconstruction: {won}: {numbers}."


def _about(run: AutoencoderRun) -> dict[str, Any]:
    facts = {name: run.provenance.get(name) for name in FACTS}
    return {"recipe": run.folder.recipe, "id": run.folder.id, "path": str(run.path), **facts}

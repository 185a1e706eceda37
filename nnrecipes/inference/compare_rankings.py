"""Two runs that rank items -> what differs between their recipes, and whether their test users' figures differ."""

from typing import Any

import numpy as np
import pandas as pd

from nnrecipes.config.load import resolved
from nnrecipes.errors import RunError
from nnrecipes.evaluation.top_k import with_intervals
from nnrecipes.inference.recommender import RecommenderRun
from nnrecipes.runs.integrity import check_file

FACTS = ("parameters", "epochs", "updates", "seconds", "seed")


def compare_rankings(
    a: RecommenderRun, b: RecommenderRun, *, confidence: float = 0.95, resamples: int = 1000, seed: int = 0
) -> dict[str, Any]:
    """Compare two finished runs; the answer has the form of :func:`nnrecipes.inference.compare.compare`.

    Where both scored the same users of the same data, the intervals are of differences user by user; else there are
    none, and ``rows`` says why.

    Raises:
        RunError: A run predicts ratings, or its file of test users is damaged.
    """
    from nnrecipes.inference.compare import config_differences

    first, second = per_user(a), per_user(b)
    why = _why_not(a, b, first.index.tolist() == second.index.tolist())
    options: dict[str, Any] = {"confidence": confidence, "resamples": resamples, "seed": seed}
    metrics = {}
    for name in [name for name in first if name in second and name != "to_find"]:
        means = {"a": float(first[name].mean()), "b": float(second[name].mean())}
        means["difference"] = means["b"] - means["a"]
        drawn: dict[str, Any] = {"low": None, "high": None}
        if not why:
            drawn = with_intervals({"d": np.asarray(second[name] - first[name])}, **options)["d"]
        metrics[str(name)] = {**means, "low": drawn["low"], "high": drawn["high"]}
    main = next((name for name in metrics if name.startswith("ndcg")), None)
    if main is None:
        raise RunError(f"{b.path}: expected NDCG at the cut-offs of {a.path}. Received: none of them.")
    return {
        "a": _about(a),
        "b": _about(b),
        "config": config_differences(resolved(a.config), resolved(b.config)),
        "rows": {"paired": not why, "why": why, "a": len(first), "b": len(second)},
        "confidence": confidence,
        "targets": {"ranking": {"task": "ranking", "paired": not why, "metric": main, "metrics": metrics,
                                "sentence": _sentence(main, metrics[main], len(first), why, confidence)}},
    }  # fmt: skip


def _why_not(a: RecommenderRun, b: RecommenderRun, same: bool) -> str:
    if a.provenance["data"]["sha256"] != b.provenance["data"]["sha256"]:
        return "the runs were scored on different data"
    return "" if same else "the runs were scored on different users of the same data"


def _sentence(metric: str, row: dict[str, Any], users: int, why: str, confidence: float) -> str:
    numbers = f"{metric} {row['a']:.4f} in A, {row['b']:.4f} in B (B - A {row['difference']:+.4f}"
    if why:
        return f"ranking: not compared user by user: {numbers}; {why})."
    if row["low"] is None:
        return f"ranking: too few users to tell A from B: {numbers})."
    numbers += f", {confidence * 100:.4g} % interval {row['low']:+.4f} to {row['high']:+.4f}; the same {users:,} users)"
    if row["low"] == row["high"] == 0:
        return f"ranking: A and B score alike: {numbers}."
    won = (
        "B is better" if row["low"] > 0 else "A is better" if row["high"] < 0 else "no clear difference between A and B"
    )
    return f"ranking: {won}: {numbers}."


def _about(run: RecommenderRun) -> dict[str, Any]:
    facts = {name: run.provenance.get(name) for name in FACTS}
    return {"recipe": run.folder.recipe, "id": run.folder.id, "path": str(run.path), **facts}


def per_user(run: RecommenderRun) -> pd.DataFrame:
    """Return ``users.csv`` of a run that ranks: metric -> value of each test user, by user id."""
    path = run.path / "users.csv"
    if not path.is_file():
        raise RunError(f"{path}: expected the test users of a run that ranks items. Received: nothing there.")
    return pd.read_csv(check_file(run.folder, path, run.provenance), dtype={"user": str}).set_index("user")

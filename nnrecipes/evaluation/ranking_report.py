"""The lists of the test users, once: metrics beside those of popularity, item-kNN and EASE, and one verdict."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nnrecipes.data.spec import Array
from nnrecipes.evaluation.top_k import CUTOFFS, list_metrics, user_metrics, with_intervals
from nnrecipes.preprocessing.histories import FoldIn

NAMES = {"popularity": "popularity", "item_knn": "item-kNN", "ease": "EASE"}
PART = "network"  # a part of a blend stands beside it and is no rival


def score_lists(
    lists: Array,
    test: FoldIn,
    counts: Array,
    users: int,
    *,
    rivals: Mapping[str, Array] | None = None,
    kind: str = "",
    cutoffs: Sequence[int] = CUTOFFS,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> tuple[dict[str, Any], dict[str, Array]]:
    """Score the test users.

    Args:
        lists: Item codes, best first, ``(users, largest cut-off)``.
        test: The test users.
        counts: Training users of each item, ``(items,)``.
        users: Number of training users.
        rivals: Rival -> its lists of the same users.
        kind: Of the model; a rival of the same kind is no rival, nor is a blend's own ``network``.
        cutoffs: Cut-offs.
        confidence: Of the intervals.
        resamples: Bootstrap resamples of the users.
        seed: Of the run.

    Returns:
        The scores as JSON: ``task``, ``rows`` (users), ``metrics`` with intervals, ``baselines``, ``against`` the best
        rival and ``verdict``; and metric -> value of each user.
    """
    settings: dict[str, Any] = {"confidence": confidence, "resamples": resamples, "seed": seed}
    each = user_metrics(lists, test.held_out, test.unknown, cutoffs)
    of_lists = list_metrics(lists, counts, users, cutoffs[0])
    metrics: dict[str, Any] = with_intervals(each, **settings)
    metrics |= {name: {"value": value, "low": None, "high": None} for name, value in of_lists.items()}
    scored: dict[str, Any] = {"task": "ranking", "rows": len(test), "metrics": metrics}
    if rivals:
        theirs = {name: user_metrics(other, test.held_out, test.unknown, cutoffs) for name, other in rivals.items()}
        scored["baselines"] = {
            name: {metric: float(values.mean()) for metric, values in found.items()}
            | list_metrics(rivals[name], counts, users, cutoffs[0])
            for name, found in theirs.items()
        }
        scored |= _against(each, {name: found for name, found in theirs.items() if name not in (kind, PART)},
                           f"ndcg@{cutoffs[-1]}", **settings)  # fmt: skip
    return scored, each


def _against(each: Mapping[str, Array], rivals: Mapping[str, Any], metric: str, **settings: Any) -> dict[str, Any]:
    """Compare with the rival that is best on the test users, by differences user by user."""
    best = max(rivals, key=lambda name: float(rivals[name][metric].mean()))
    change = with_intervals({metric: each[metric] - rivals[best][metric]}, **settings)[metric]
    ours, other = float(each[metric].mean()), float(rivals[best][metric].mean())
    low, high = change["low"], change["high"]
    numbers = f"{metric} {ours:.4f} against {other:.4f} (difference {ours - other:+.4f}"
    if low is None or high is None:
        verdict = f"ranking: too few users to tell the model from {NAMES[best]}: {numbers})."
    else:
        span = f"{settings['confidence'] * 100:.4g} % interval {low:+.4f} to {high:+.4f}"
        numbers += f", {span}; {len(each[metric]):,} users)"
        word = "beats" if low > 0 else "loses to" if high < 0 else "is not clearly better or worse than"
        verdict = f"ranking: the model {word} {NAMES[best]}: {numbers}."
    return {"against": {"rival": best, "metric": metric, "difference": ours - other, "low": low, "high": high},
            "verdict": verdict}  # fmt: skip


def validation_figures(lists: Array, rows: FoldIn) -> dict[str, float]:
    """Return what the callbacks of a training watch: ``val_ndcg@100``, ``val_recall@20`` and ``val_recall@50``."""
    each = user_metrics(lists, rows.held_out, rows.unknown, (20, 50, 100))
    return {f"val_{name}": float(np.mean(each[name])) for name in ("ndcg@100", "recall@20", "recall@50")}

"""The oracle is a loop over users and places, with sets and Python's own numbers."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.metrics import ndcg_score

from nnrecipes.evaluation.rivals import popularity_lists
from nnrecipes.evaluation.top_k import list_metrics, user_metrics, with_intervals


def oracle(lists, wanted, cutoffs):
    rows = {}
    for own, find in zip(lists, wanted, strict=True):
        gain = [1.0 if item in find else 0.0 for item in own]
        for k in cutoffs:
            best = sum(1 / math.log2(r + 2) for r in range(min(k, len(find))))
            rows.setdefault(f"ndcg@{k}", []).append(sum(g / math.log2(r + 2) for r, g in enumerate(gain[:k])) / best)
            rows.setdefault(f"recall@{k}", []).append(sum(gain[:k]) / min(k, len(find)))
        k = cutoffs[0]
        precision = [sum(gain[: r + 1]) / (r + 1) * gain[r] for r in range(k)]
        rows.setdefault(f"map@{k}", []).append(sum(precision) / min(k, len(find)))
        rows.setdefault(f"hit_rate@{k}", []).append(float(any(gain[:k])))
        first = next((r for r, g in enumerate(gain) if g), None)
        rows.setdefault("mrr", []).append(0.0 if first is None else 1 / (first + 1))
    return rows


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_metrics_equal_a_plain_loop(seed):
    rng = np.random.default_rng(seed)
    users, items = int(rng.integers(1, 8)), int(rng.integers(12, 40))
    lists = np.stack([rng.permutation(items)[:12] for _ in range(users)])
    held = rng.random((users, items)) < 0.2
    held[:, 0] |= ~held.any(axis=1)
    unknown = rng.integers(0, 3, users)
    found = user_metrics(lists, csr_matrix(held.astype(float)), unknown, (3, 5, 12))
    wanted = [
        set(np.flatnonzero(row)) | {-1 - n for n in range(extra)} for row, extra in zip(held, unknown, strict=True)
    ]
    for name, values in oracle(lists.tolist(), wanted, (3, 5, 12)).items():
        np.testing.assert_allclose(found[name], values, atol=1e-12)


def test_ndcg_equals_scikit_learn_where_all_items_are_ranked():
    rng = np.random.default_rng(0)
    scores, held = rng.random((5, 30)), rng.random((5, 30)) < 0.3
    lists = np.argsort(-scores, axis=1)
    found = user_metrics(lists, csr_matrix(held.astype(float)), np.zeros(5, int), (10, 30))
    assert found["ndcg@10"].mean() == pytest.approx(ndcg_score(held.astype(int), scores, k=10), abs=1e-12)


def test_facts_of_lists_equal_a_plain_loop():
    rng = np.random.default_rng(1)
    lists = np.stack([rng.permutation(20)[:6] for _ in range(9)])
    counts = rng.integers(1, 50, 20)
    found = list_metrics(lists, counts, 60, 4)
    shown = lists[:, :4].ravel().tolist()
    exposure = sorted(shown.count(item) for item in range(20))
    pairs = sum(abs(a - b) for a in exposure for b in exposure)
    assert found["coverage@4"] == len(set(shown)) / 20
    assert found["gini@4"] == pytest.approx(pairs / (2 * 20 * sum(exposure)))
    assert found["novelty@4"] == pytest.approx(-sum(math.log2(counts[i] / 60) for i in shown) / len(shown))
    assert found["popularity@4"] == pytest.approx(sum(counts[i] / 60 for i in shown) / len(shown))


def test_popularity_leaves_out_what_a_user_has_and_what_is_not_allowed():
    exclude = csr_matrix(np.array([[0, 1, 0, 0], [0, 0, 0, 0]]))
    counts = np.array([3, 9, 5, 5])
    assert popularity_lists(counts, exclude, 2).tolist() == [[2, 3], [1, 2]]
    allowed = np.array([True, True, False, False])
    assert popularity_lists(counts, exclude, 2, allowed).tolist() == [[0, -1], [1, 0]]


def test_intervals_hold_the_mean_and_narrow_with_users():
    rng = np.random.default_rng(2)
    few, many = (with_intervals({"x": rng.random(n)}, resamples=300, seed=1)["x"] for n in (20, 2000))
    assert few["low"] < few["value"] < few["high"]
    assert many["high"] - many["low"] < (few["high"] - few["low"]) / 5

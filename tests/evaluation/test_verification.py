"""Verification metrics against scikit-learn's ROC curve, scipy's root finder and counting."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import interp1d
from scipy.optimize import brentq
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import roc_auc_score, roc_curve
from sklearn.metrics.pairwise import cosine_similarity

from nnrecipes.data.spec import InputSpec, TargetSpec
from nnrecipes.evaluation import verification
from nnrecipes.evaluation.bootstrap import bootstrap
from nnrecipes.evaluation.identity_baselines import identity_baselines
from nnrecipes.evaluation.identity_report import score_identities
from nnrecipes.evaluation.paired import Answers, differences
from nnrecipes.evaluation.score import score_target
from nnrecipes.evaluation.verification import draw_pairs, equal_error_threshold, verification_scorer

PERSON = TargetSpec("person", "person", "identity", "linear", "index", ("ann", "bob"), 0)


def people(seed=0, count=6, each=5, width=4, spread=0.7):
    rng = np.random.default_rng(seed)
    names = np.repeat(np.arange(count), each)
    return names, rng.normal(size=(count, width))[names] + spread * rng.normal(size=(len(names), width))


def pairs(names, vectors):
    first, second = np.triu_indices(len(names), 1)
    return names[first] == names[second], cosine_similarity(vectors)[first, second]


def ones(names):
    return np.ones((1, len(names)))


@pytest.mark.parametrize("seed", range(5))
def test_auc_and_equal_error_rate_are_those_of_scikit_learns_curve(seed):
    names, vectors = people(seed)
    same, cosines = pairs(names, vectors)
    wrong, accepted, _ = roc_curve(same, cosines, drop_intermediate=False)
    found = verification_scorer(names, vectors)(ones(names))
    assert found["roc_auc"][0] == pytest.approx(roc_auc_score(same, cosines))
    expected = brentq(lambda x: 1 - x - interp1d(wrong, accepted)(x), 0, 1) if (wrong + accepted > 1).any() else 0
    assert found["eer"][0] == pytest.approx(expected, abs=0.02)  # the curve is a staircase there
    rates = np.maximum(wrong, 1 - accepted)
    assert found["eer"][0] <= rates.min() + 1e-9


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=2, max_size=40))
def test_ties_are_one_point_of_the_curve(items):
    cosines, same = np.array([c for c, _ in items], float), np.array([s for _, s in items])
    if same.all() or not same.any():
        return
    order = np.argsort(-cosines, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(cosines[order]) != 0, True))
    accepted, wrong = verification.roc_points(np.ones(len(order)), same[order], ends)
    assert np.trapezoid(accepted, wrong) == pytest.approx(roc_auc_score(same, cosines))
    theirs = roc_curve(same, cosines, drop_intermediate=False)
    np.testing.assert_allclose([wrong, accepted], theirs[:2])


def test_perfect_vectors_make_no_error_and_chance_makes_half():
    names = np.repeat(np.arange(20), 10)
    right = verification_scorer(names, np.eye(20)[names])(ones(names))
    assert [value[0] for value in right.values()] == [1, 0, 1]
    noise = verification_scorer(names, np.random.default_rng(1).normal(size=(200, 30)))(ones(names))
    assert noise["roc_auc"][0] == pytest.approx(0.5, abs=0.03)
    assert noise["eer"][0] == pytest.approx(0.5, abs=0.03)
    assert noise["one_shot_accuracy"][0] == pytest.approx(1 / 20, abs=0.03)


def test_one_shot_accuracy_of_two_rows_each_is_that_of_counting():
    names, vectors = people(3, count=5, each=2, spread=1.0)
    cosines = cosine_similarity(vectors)
    hits = []  # every choice of a shown row for each identity
    for choice in np.ndindex(*[2] * 5):
        shown = 2 * np.arange(5) + choice
        hits += [np.argmax(cosines[row, shown]) == names[row] for row in set(range(10)) - set(shown)]
    found = verification_scorer(names, vectors)(ones(names))["one_shot_accuracy"][0]
    assert found == pytest.approx(np.mean(hits), abs=0.05)


def test_lengths_of_vectors_do_not_count():
    names, vectors = people(2)
    longer = vectors * np.random.default_rng(0).uniform(0.1, 9, (len(names), 1))
    first, second = (verification_scorer(names, rows)(ones(names)) for rows in (vectors, longer))
    assert {k: v.round(9).tolist() for k, v in first.items()} == {k: v.round(9).tolist() for k, v in second.items()}


def test_an_identity_that_is_drawn_twice_counts_as_two_people_alike():
    names, vectors = people(4, count=4)
    weights = np.where(names == 1, 2.0, 1.0)[None]
    same, cosines = pairs(names, vectors)
    first, second = np.triu_indices(len(names), 1)
    counted = np.where(same, weights[0, first], weights[0, first] * weights[0, second])
    found = verification_scorer(names, vectors)(weights)["roc_auc"][0]
    assert found == pytest.approx(roc_auc_score(same, cosines, sample_weight=counted))


def test_a_resample_draws_whole_identities():
    names = np.repeat([3, 7, 9], [2, 1, 4])
    drawn = []
    bootstrap(lambda weights: drawn.append(weights) or {"a": weights[:, 0]}, 7, resamples=50, seed=0, groups=names)
    weights = np.concatenate(drawn)
    for name in (3, 7, 9):
        own = weights[:, names == name]
        assert (own == own[:, :1]).all()
    assert (weights[:, [0, 2, 3]].sum(axis=1) == 3).all()


def test_of_many_pairs_some_are_drawn_and_say_the_same(monkeypatch):
    names, vectors = people(5, count=12, each=8)
    whole = verification_scorer(names, vectors)(ones(names))
    monkeypatch.setattr(verification, "MOST_PAIRS", 2000)
    first, second = draw_pairs(names)
    assert (names[first] == names[second]).sum() == 2000 == (names[first] != names[second]).sum()
    assert (first != second).all()
    drawn = verification_scorer(names, vectors)(ones(names))
    assert drawn["roc_auc"][0] == pytest.approx(whole["roc_auc"][0], abs=0.03)


def test_the_threshold_splits_both_kinds_with_equal_errors():
    names, vectors = people(6, count=10, each=6)
    same, cosines = pairs(names, vectors)
    threshold = equal_error_threshold(names, vectors)
    refused, accepted = (cosines[same] <= threshold).mean(), (cosines[~same] > threshold).mean()
    assert refused == pytest.approx(accepted, abs=0.02)
    rate = verification_scorer(names, vectors)(ones(names))["eer"][0]
    assert refused == pytest.approx(rate, abs=0.02)


def test_one_identity_or_rows_alone_leave_metrics_undefined_with_a_reason():
    for names in (np.zeros(4, int), np.arange(4)):
        scored = score_target(PERSON, names, np.random.default_rng(0).normal(size=(4, 3)), resamples=100)
        assert scored["metrics"]["roc_auc"]["value"] is None
        assert scored["metrics"]["roc_auc"]["note"]
        assert scored["metrics"]["eer"]["note"] == "needs pairs of one identity and of two"


def test_baselines_are_those_of_scikit_learn():
    names, rows = people(7, count=12, each=6, width=10)
    x = rows.astype("float32")
    train, test = names < 8, names >= 8
    spec = InputSpec("numbers", "tabular", tuple("abcdefghij"))
    found = identity_baselines({"numbers": x[train]}, names[train], None, None, {"numbers": x[test]}, inputs=[spec])
    np.testing.assert_allclose(found["raw_cosine"], x[test])
    kept = found["whitened_pca"].shape[1]
    expected = PCA(kept, whiten=True, svd_solver="full").fit(x[train].astype(float)).transform(x[test].astype(float))
    np.testing.assert_allclose(found["whitened_pca"], expected, atol=1e-9)
    pca = PCA(kept, svd_solver="full").fit(x[train].astype(float))
    lda = LinearDiscriminantAnalysis().fit(pca.transform(x[train].astype(float)), names[train])
    np.testing.assert_allclose(found["lda"], lda.transform(pca.transform(x[test].astype(float))), atol=1e-9)


def test_components_are_chosen_on_the_validation_rows():
    names, rows = people(8, count=30, each=6, width=60, spread=1.5)
    sets = [names < 20, (names >= 20) & (names < 25), names >= 25]
    x = [{"numbers": rows[part].astype("float32")} for part in sets]
    spec = InputSpec("numbers", "tabular", tuple(f"x{i}" for i in range(60)))
    found = identity_baselines(x[0], names[sets[0]], x[1], names[sets[1]], x[2], inputs=[spec])
    fits = {n: PCA(n, whiten=True, svd_solver="full").fit(rows[sets[0]]) for n in (10, 20, 40, 59)}
    areas = {n: roc_auc_score(*pairs(names[sets[1]], fit.transform(rows[sets[1]]))) for n, fit in fits.items()}
    assert found["whitened_pca"].shape[1] == max(areas, key=areas.get)


def test_the_verdict_names_the_best_baseline_and_the_interval():
    names, good = people(9, count=12, each=6, spread=0.2)
    bad = people(9, count=12, each=6, spread=3.0)[1]
    settings_ = {"confidence": 0.95, "resamples": 200, "seed": 0}
    scored = score_identities(PERSON, names, good, {"raw_cosine": bad}, validation=(names, good), **settings_)
    assert scored["verdict"].startswith("person: The network beats the best baseline, raw_cosine, on identities")
    assert scored["against_best"]["low"] > 0
    worse = score_identities(PERSON, names, bad, {"raw_cosine": good}, **settings_)
    assert "does not beat the best baseline" in worse["verdict"]
    assert "threshold" not in worse
    assert scored["threshold"]["value"] == equal_error_threshold(names, good)


def test_two_runs_are_compared_on_the_same_identities():
    names, vectors = people(10)
    found = differences(PERSON, Answers(names, vectors), Answers(names, vectors), paired=True, resamples=50)
    assert found["eer"] == {**found["eer"], "difference": 0.0, "low": 0.0, "high": 0.0}

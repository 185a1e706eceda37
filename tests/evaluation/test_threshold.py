import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, precision_score, recall_score

from nnrecipes.data.spec import TargetSpec
from nnrecipes.evaluation.decision import Decision, fit_decision, score_decided
from nnrecipes.evaluation.threshold import Threshold, candidates, choose_threshold

SICK = TargetSpec("sick", "sick", "binary", "sigmoid", "binary", ("no", "yes"))
GRID = np.linspace(0, 1, 41)  # probabilities are twentieths: this is every threshold
ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 20)), min_size=2, max_size=40)


def arrays(rows):
    truth = np.array([label for label, _ in rows])
    return truth, np.array([step / 20 for _, step in rows])


def both_classes(rows):
    return len({label for label, _ in rows}) == 2


def outcomes(truth, probability, t):
    """Hits, false positives and misses, counted row by row."""
    said = [p > t for p in probability]
    pairs = list(zip(said, truth, strict=True))
    return pairs.count((True, 1)), pairs.count((True, 0)), pairs.count((False, 1))


@settings(max_examples=40, deadline=None)
@given(ROWS.filter(both_classes))
def test_no_threshold_of_a_grid_has_a_better_f1(rows):
    truth, probability = arrays(rows)

    def f1(t):
        hits, false, missed = outcomes(truth, probability, t)
        return 2 * hits / (2 * hits + false + missed)

    found = choose_threshold(truth, probability, aim="f1")
    assert found.reached == f1(found.value) == max(map(f1, GRID))
    assert found.at_half == f1(0.5) == pytest.approx(f1_score(truth, probability > 0.5, zero_division=0))


@settings(max_examples=40, deadline=None)
@given(ROWS.filter(both_classes), st.sampled_from([(1, 1), (1, 5), (10, 1)]))
def test_no_threshold_of_a_grid_costs_less(rows, costs):
    truth, probability = arrays(rows)

    def cost(t):
        _, false, missed = outcomes(truth, probability, t)
        return (costs[0] * false + costs[1] * missed) / len(truth)

    found = choose_threshold(truth, probability, aim="cost", false_positive=costs[0], false_negative=costs[1])
    assert found.reached == cost(found.value) == min(map(cost, GRID))


@settings(max_examples=40, deadline=None)
@given(ROWS.filter(both_classes), st.sampled_from([0.5, 0.8, 1.0]))
def test_no_threshold_of_the_precision_has_a_greater_recall(rows, least):
    truth, probability = arrays(rows)

    def scores(t):
        hits, false, missed = outcomes(truth, probability, t)
        return (hits / (hits + false) if hits + false else 0.0), hits / (hits + missed)

    brute = [scores(t) for t in GRID]
    fitting = [recall for exact, recall in brute if exact >= least]
    found = choose_threshold(truth, probability, aim="recall_at_precision", precision=least)
    exact, recall = scores(found.value)
    if fitting:
        assert (found.note, found.reached, exact >= least) == ("", max(fitting), True)
        assert recall == found.reached
    else:
        assert "no threshold reaches precision" in found.note
        assert exact == max(exact for exact, _ in brute)


def test_thresholds_that_serve_alike_are_told_apart_by_their_distance_from_a_half():
    assert choose_threshold(np.array([0, 1]), np.array([0.1, 0.9]), aim="f1").value == 0.5
    assert choose_threshold(np.array([0, 0, 1]), np.array([0.1, 0.2, 0.4]), aim="f1").value == pytest.approx(0.3)


def test_costs_of_honest_probabilities_give_the_threshold_of_decision_theory():
    rng = np.random.default_rng(0)
    probability = rng.random(200_000)
    truth = (rng.random(200_000) < probability).astype(int)
    found = choose_threshold(truth, probability, aim="cost", false_positive=1, false_negative=4)
    assert found.value == pytest.approx(1 / 5, abs=0.02)


def test_neighbouring_floats_have_a_threshold_between_them():
    low = 0.3
    high = np.nextafter(low, 1)
    found = choose_threshold(np.array([0, 1]), np.array([low, high]), aim="f1")
    assert found.reached == 1
    assert low <= found.value < high
    assert np.isfinite(candidates(np.array([0.0, 1.0]))).all()


@pytest.mark.parametrize("aim", ["f1", "cost", "recall_at_precision"])
def test_rows_of_one_class_keep_a_half_and_say_so(aim):
    found = choose_threshold(np.zeros(3, int), np.array([0.1, 0.2, 0.9]), aim=aim)
    assert (found.value, found.note) == (0.5, "the validation rows are all of one class")
    found = choose_threshold(np.array([0, 1]), np.array([np.nan, 0.4]), aim=aim)
    assert (found.value, "not finite" in found.note) == (0.5, True)


def test_scores_that_need_a_decision_follow_the_threshold():
    rng = np.random.default_rng(2)
    truth, positive = rng.integers(0, 2, 300), rng.random(300)
    pairs = np.column_stack([1 - positive, positive])
    scored = score_decided(SICK, truth, pairs, Decision(threshold=Threshold(0.27)), resamples=0)
    plain = score_decided(SICK, truth, pairs, Decision(), resamples=0)
    chosen = positive > 0.27
    oracle = {"accuracy": accuracy_score, "f1": f1_score, "precision": precision_score, "recall": recall_score}
    for name, function in oracle.items():
        assert scored["metrics"][name]["value"] == pytest.approx(function(truth, chosen))
    assert scored["confusion"] == confusion_matrix(truth, chosen).tolist()
    for name in ("roc_auc", "average_precision", "log_loss", "brier"):
        assert scored["metrics"][name] == plain["metrics"][name]
    assert scored["threshold"] == {"value": 0.27, "aim": "fixed"}


def test_the_threshold_is_chosen_after_the_calibration():
    rng = np.random.default_rng(4)
    logit = rng.normal(0, 3, 400)
    truth = (rng.random(400) < 1 / (1 + np.exp(2 - logit / 3))).astype(int)
    positive = 1 / (1 + np.exp(-logit))
    pairs = np.column_stack([1 - positive, positive])
    decision = fit_decision(SICK, truth, pairs, calibration="platt", threshold={"aim": "f1"})
    calibrated = decision.apply(SICK, pairs)[:, 1]
    best = max(f1_score(truth, calibrated > t) for t in np.unique(calibrated))
    assert f1_score(truth, calibrated > decision.threshold.value) == pytest.approx(best)
    scored = score_decided(SICK, truth, pairs, decision, resamples=0)
    assert scored["calibration"]["log_loss"] == pytest.approx(scored["metrics"]["log_loss"]["value"])
    assert scored["calibration"]["log_loss"] < scored["calibration"]["log_loss_before"]
    assert Decision.from_dict(decision.to_dict()) == decision


def test_a_note_reaches_the_scores():
    rows = np.tile([0.2, 0.8], (4, 1))
    decision = fit_decision(SICK, np.ones(4, int), rows, threshold={"aim": "f1"})
    assert "one class" in score_decided(SICK, np.ones(4, int), rows, decision, resamples=0)["threshold"]["note"]

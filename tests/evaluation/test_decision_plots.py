import io

import numpy as np
import pytest
from matplotlib.text import Text

from nnrecipes.data.spec import TargetSpec
from nnrecipes.evaluation.calibration import Calibration
from nnrecipes.evaluation.decision import Decision
from nnrecipes.evaluation.plots.calibration import plot_calibration, wilson
from nnrecipes.evaluation.threshold import Threshold

BINARY = TargetSpec("sick", "sick", "binary", "sigmoid", "binary", ("no", "yes $"))
KIND = TargetSpec("kind", "kind", "multiclass", "softmax", "index", ("a", "b", "c"), 3)
LABELS = TargetSpec("tags", "tags", "multilabel", "sigmoid", "multi_hot", ("x", "y"), 2)


def words(figure):
    figure.savefig(io.BytesIO(), format="png")
    return " | ".join(text.get_text() for text in figure.findobj(Text))


def rows(count=300):
    rng = np.random.default_rng(0)
    positive = rng.random(count)
    return (rng.random(count) < positive).astype(int), np.column_stack([1 - positive, positive])


def test_before_and_after_stand_side_by_side_with_their_errors_and_counts():
    truth, probability = rows()
    decision = Decision(Calibration("temperature", 2.0), Threshold(0.3, "f1"))
    figure = plot_calibration(BINARY, truth, probability, decision)
    shown = words(figure)
    assert "before: ECE" in shown
    assert "after temperature scaling: ECE" in shown
    assert "threshold 0.3" in shown
    counts = [int(bar.get_height()) for bar in figure.axes[1].patches]
    assert sum(counts) == 2 * 300
    line = figure.axes[0].lines[1]
    inside = probability[:, 1] < 0.1
    assert line.get_ydata()[0] == pytest.approx(truth[inside].mean())
    assert line.get_xdata()[0] == pytest.approx(probability[inside, 1].mean())


def test_without_a_calibration_there_is_one_curve():
    truth, probability = rows(40)
    assert words(plot_calibration(BINARY, truth, probability)).count("ECE") == 1


@pytest.mark.parametrize("count", [1, 7])
def test_few_rows_are_drawn(count):
    truth, probability = rows(count)
    words(plot_calibration(BINARY, truth, probability))
    words(plot_calibration(KIND, np.zeros(count, int), np.tile([0.2, 0.5, 0.3], (count, 1))))
    assert "labels" in words(plot_calibration(LABELS, np.ones((count, 2)), np.tile([0.2, 0.9], (count, 1))))


def test_the_interval_is_that_of_scipy():
    from scipy.stats import binomtest

    for hits, count in ((0, 5), (3, 10), (50, 60)):
        exact = binomtest(hits, count).proportion_ci(method="wilson")
        low, high = wilson(np.array(hits / count), np.array(count))
        assert (low, high) == pytest.approx((exact.low, exact.high), abs=1e-4)

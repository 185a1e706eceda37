"""Probabilities and truth -> the reliability diagram: what was said against how often it came true.

A dot below the diagonal was said too surely. Bars are 95 % Wilson intervals of the share; the lower panel counts rows.

References:
    DeGroot and Fienberg (1983), The Comparison and Evaluation of Forecasters. https://doi.org/10.2307/2987588
    Wilson (1927), Probable Inference, the Law of Succession, and Statistical Inference.
    https://doi.org/10.1080/01621459.1927.10502953
"""

from typing import TYPE_CHECKING

import numpy as np

from nnrecipes.data.spec import Array, TargetSpec
from nnrecipes.evaluation.decision import Decision
from nnrecipes.evaluation.metrics import row_losses
from nnrecipes.evaluation.plots.style import BLUE, GREY, INK, LIGHT, ORANGE, new_figure, number, shorten, tidy
from nnrecipes.evaluation.reliability import Bins, calibration_error, confidence_and_hits, reliability

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAMES = {"platt": "Platt", "temperature": "temperature"}
SAID = {
    "binary": "probability of {positive}",
    "multiclass": "probability of the predicted class",
    "multilabel": "probability of a label",
}
CAME = {
    "binary": "share of {positive}",
    "multiclass": "share that is of the predicted class",
    "multilabel": "share that has the label",
}


def plot_calibration(
    target: TargetSpec, truth: Array, prediction: Array, decision: Decision | None = None, *, rows: str = "test rows"
) -> "Figure":
    """Draw the reliability of a classification target, before and after its calibration where it has one.

    Args:
        target: A target of classes or labels.
        truth: As ``Preprocessor.truth`` gives it.
        prediction: As ``Preprocessor.decode`` gives it, not yet calibrated.
        decision: The target's calibration and threshold.
        rows: Which rows these are, for the title.
    """
    decision = decision or Decision()
    method = decision.calibration.method
    series = [("as the network says it" if method == "none" else "before", prediction, BLUE, "o")]
    if method != "none":
        after = decision.apply(target, prediction)
        series = [("before", prediction, GREY, "o"), (f"after {NAMES[method]} scaling", after, BLUE, "s")]
    figure = new_figure(5.2, 6.2, shorten(f"{target.name}: calibration on {len(truth):,} {rows}", 58))
    upper, lower = figure.subplots(2, 1, height_ratios=[4, 1.1], sharex=True)
    upper.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":", zorder=1)
    for k, (name, predicted, colour, marker) in enumerate(series):
        confidence, hits = confidence_and_hits(target, truth, predicted)
        found = reliability(confidence, hits)
        error, loss = calibration_error(confidence, hits), row_losses(target, truth, predicted).mean()
        label = f"{name}: ECE {error:.3f}, log loss {number(float(loss))}"
        _shares(upper, found, label, colour, marker)
        _counts(lower, found, colour, k, len(series))
    _finish(upper, lower, target, decision)
    figure.legend(loc="outside lower center", frameon=False, fontsize=8.5)
    return figure


def _shares(axes: "Axes", found: Bins, label: str, colour: str, marker: str) -> None:
    some = found.counts > 0
    low, high = wilson(found.share[some], found.counts[some])
    x, y = found.confidence[some], found.share[some]
    axes.vlines(x, low, high, color=colour, linewidth=1.1, alpha=0.55)
    axes.plot(x, y, marker=marker, color=colour, linewidth=1.5, markersize=5, label=label)


def _counts(axes: "Axes", found: Bins, colour: str, k: int, series: int) -> None:
    width = (found.edges[1] - found.edges[0]) * 0.9 / series
    middles = (found.edges[:-1] + found.edges[1:]) / 2 + (k - (series - 1) / 2) * width
    axes.bar(middles, found.counts, width=width * 0.95, color=colour, alpha=0.85)
    for x, count in zip(middles, found.counts, strict=True):
        if count:
            size = 7 if series == 1 or len(found.counts) <= 5 else 5.5
            axes.annotate(f"{count:,}", (x, count), xytext=(0, 1.5), textcoords="offset points", ha="center",
                          fontsize=size, color=INK)  # fmt: skip


def _finish(upper: "Axes", lower: "Axes", target: TargetSpec, decision: Decision) -> None:
    positive = shorten(target.classes[1], 20) if target.task == "binary" else ""
    upper.set(xlim=(-0.02, 1.02), ylim=(-0.03, 1.03))
    upper.set_ylabel(CAME[target.task].format(positive=positive), fontsize=9)
    lower.set_ylabel("rows" if target.task != "multilabel" else "labels", fontsize=9)
    lower.set_xlabel(SAID[target.task].format(positive=positive), fontsize=9)
    lower.margins(y=0.28)
    lower.set_ylim(bottom=0)
    for axes in (upper, lower):
        tidy(axes)
    if target.task == "binary":
        value = decision.threshold.value
        for axes in (upper, lower):
            axes.axvline(value, color=ORANGE, linewidth=1, linestyle="--", zorder=1)
        left = value < 0.6
        box = {"facecolor": "white", "edgecolor": LIGHT, "alpha": 0.8, "pad": 1.5}
        upper.annotate(f"threshold {number(value)}", (value, 1.0), xytext=(4 if left else -4, 0), va="top", fontsize=8,
                       ha="left" if left else "right", textcoords="offset points", color=ORANGE, bbox=box)  # fmt: skip


def wilson(share: Array, counts: Array, z: float = 1.96) -> tuple[Array, Array]:
    """Return the Wilson interval of shares of ``counts`` rows.

    Example:
        >>> [float(end.round(3)) for end in wilson(np.array(0.5), np.array(10))]
        [0.237, 0.763]
    """
    middle = (share + z**2 / (2 * counts)) / (1 + z**2 / counts)
    half = z / (1 + z**2 / counts) * np.sqrt(share * (1 - share) / counts + z**2 / (4 * counts**2))
    return np.maximum(middle - half, 0), np.minimum(middle + half, 1)

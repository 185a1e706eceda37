"""True and predicted numbers -> predicted against true, and the residuals: where and how far the model is off."""

from typing import TYPE_CHECKING

import numpy as np

from nnrecipes.data.spec import Array
from nnrecipes.evaluation.plots.style import BLUE, GREY, INK, ORANGE, new_figure, number, sentence, shorten, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CROWDED = 3000  # rows from which points are drawn as a density


def plot_regression(truth: Array, prediction: Array, *, target: str, unit: str = "", title: str = "") -> "Figure":
    """Draw predicted against true values, residuals against predictions, and the residuals' histogram.

    Args:
        truth: True values ``(rows,)`` in the target's unit.
        prediction: Predicted values ``(rows,)``.
        target: The target's name.
        unit: Its unit, for the axes.
        title: The figure's title; by default the target, the error and the number of rows.
    """
    true, predicted = truth.reshape(-1).astype(np.float64), prediction.reshape(-1).astype(np.float64)
    finite = np.isfinite(true) & np.isfinite(predicted)
    true, predicted = true[finite], predicted[finite]
    name = shorten(target, 30)
    if not len(true):
        return sentence("No row has a finite prediction.", title=title or f"{name}: predicted against true")
    residual = predicted - true
    of = f" [{unit}]" if unit else ""
    lost = f", {int((~finite).sum()):,} not finite left out" if not finite.all() else ""
    error = f"{number(float(np.sqrt((residual**2).mean())))}{f' {unit}' if unit else ''}"
    rows = f"{len(true):,} row{'s' * (len(true) != 1)}{lost}"
    figure = new_figure(12, 4.3, title or f"{name}: root mean squared error {error} on {rows}")
    left, middle, right = figure.subplots(1, 3, width_ratios=(1.15, 1.15, 1))
    _against(figure, left, true, predicted)
    ends = _ends(np.concatenate([true, predicted]))
    left.plot(ends, ends, color=ORANGE, linewidth=1.4, linestyle="--")
    left.set(xlim=ends, ylim=ends)
    _name(left, "Predicted against true; dashed: a perfect model", f"true {name}{of}", f"predicted {name}{of}")
    _against(figure, middle, predicted, residual)
    middle.axhline(0, color=ORANGE, linewidth=1.4, linestyle="--")
    _name(middle, "Residuals", f"predicted {name}{of}", f"predicted minus true{of}")
    right.hist(residual, bins=int(np.clip(np.sqrt(len(residual)), 8, 60)), color=BLUE, alpha=0.9)
    right.axvline(0, color=ORANGE, linewidth=1.4, linestyle="--")
    _name(
        right,
        f"Residuals: mean {number(residual.mean())}, sd {number(residual.std())}",
        f"predicted minus true{of}",
        "rows",
    )
    return figure


def _ends(values: Array) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    margin = 0.04 * (high - low) or max(abs(high), 1.0) * 0.1
    return low - margin, high + margin


def _against(figure: "Figure", axes: "Axes", x: Array, y: Array) -> None:
    if len(x) < CROWDED:
        axes.scatter(x, y, s=14, color=BLUE, alpha=float(np.clip(120 / len(x), 0.25, 0.8)), linewidths=0)
        return
    from matplotlib.colors import LogNorm

    cells = axes.hexbin(x, y, gridsize=45, norm=LogNorm(vmin=0.3), mincnt=1, cmap="Blues", linewidths=0.1)
    bar = figure.colorbar(cells, ax=axes, shrink=0.8, pad=0.02)
    bar.set_label("rows in a cell (log scale)", fontsize=8)
    bar.ax.set_ylim(bottom=1)
    bar.ax.tick_params(labelsize=7, color=GREY)


def _name(axes: "Axes", title: str, x: str, y: str) -> None:
    tidy(axes)
    axes.set_title(title, fontsize=9.5, loc="left", color=INK)
    axes.set_xlabel(x, fontsize=8.5)
    axes.set_ylabel(y, fontsize=8.5)
    axes.locator_params(axis="x", nbins=6)
    from matplotlib.ticker import EngFormatter

    for axis, ends in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        if max(map(abs, ends)) >= 10_000:
            axis.set_major_formatter(EngFormatter(sep=""))

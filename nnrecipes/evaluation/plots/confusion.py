"""A confusion matrix -> a map of which class is taken for which; colour is the share of the true class's rows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from nnrecipes.data.spec import Array
from nnrecipes.evaluation.plots.style import GREY, INK, new_figure, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_NUMBERS = 20  # classes up to which the cells hold counts
MOST_NAMES = 60  # classes up to which every class is named on the axes


def plot_confusion(
    confusion: Sequence[Sequence[int]] | Array, classes: Sequence[str], *, title: str = "Confusion matrix"
) -> "Figure":
    """Draw counts by true class (rows) and predicted class (columns).

    Args:
        confusion: Counts ``(classes, classes)``; rows are the true classes.
        classes: Names in the order of the matrix.
        title: The figure's title; the accuracy stands below it.
    """
    counts = np.asarray(confusion, dtype=np.int64)
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.full(counts.shape, np.nan), where=totals > 0)
    rows = int(counts.sum())
    accuracy = f"{np.trace(counts) / rows:.1%} of {rows:,} rows are right" if rows else "no rows"
    cell = 0.62 if len(classes) <= MOST_NUMBERS else max(0.16, 10 / len(classes))
    side = float(np.clip(cell * len(classes), 2.6, 12))
    names = [shorten(name, 18) for name in classes]
    label = min(0.085 * max(map(len, names), default=1), 1.4)
    figure = new_figure(side + label + 2.2, side + label + 1.1, title)
    axes = figure.subplots()
    axes.set_title(accuracy, fontsize=9.5, color=GREY)
    from matplotlib import colormaps
    from matplotlib.colors import PowerNorm

    many = len(classes) > MOST_NUMBERS
    scale = PowerNorm(0.5 if many else 1, vmin=0, vmax=1)
    image = axes.imshow(shares, cmap=colormaps["Blues"].with_extremes(bad="#EEEEEE"), norm=scale)
    _ticks(axes, names)
    if not many:
        _numbers(axes, counts, shares)
    bar = figure.colorbar(image, ax=axes, shrink=0.8, pad=0.02, format=lambda share, _: f"{share:.0%}")
    bar.set_label(f"share of the true class's rows{' (square-root scale)' if many else ''}", fontsize=8)
    bar.ax.tick_params(labelsize=8)
    bar.outline.set_visible(False)
    return figure


def _ticks(axes: "Axes", names: Sequence[str]) -> None:
    step = -(-len(names) // MOST_NAMES)
    at = list(range(0, len(names), step))
    size = 8 if len(names) <= 25 else 6.5
    upright = max((len(name) for name in names), default=0) <= 3 or len(names) <= 3
    axes.set_xticks(at, [names[k] for k in at], rotation=0 if upright and len(names) <= 25 else 90, fontsize=size)
    axes.set_yticks(at, [names[k] for k in at], fontsize=size)
    every = "" if step == 1 else f" (every {step}{'nd' if step == 2 else 'rd' if step == 3 else 'th'} is named)"
    axes.set_xlabel(f"predicted class{every}", fontsize=9)
    axes.set_ylabel(f"true class{every}", fontsize=9)
    axes.tick_params(length=0)
    axes.spines[:].set_color(GREY)


def _numbers(axes: "Axes", counts: Array, shares: Array) -> None:
    small = len(counts) > 8
    for row, column in np.ndindex(counts.shape):
        share = shares[row, column]
        text = f"{counts[row, column]}" if small or np.isnan(share) else f"{counts[row, column]}\n{share:.0%}"
        faint = counts[row, column] == 0
        colour = "white" if share > 0.55 else GREY if faint else INK
        axes.text(column, row, text, ha="center", va="center", fontsize=7 if small else 8.5, color=colour)

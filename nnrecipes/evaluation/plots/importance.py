"""Permutation importance of one target -> a bar a column, the most important on top; a dot a permutation."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nnrecipes.evaluation.plots.style import BLUE, GREY, INK, LIGHT, new_figure, number, sentence, shorten, tidy

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_COLUMNS = 25


def plot_importance(found: Mapping[str, Any], *, target: str = "", rows: str = "validation rows") -> "Figure":
    """Draw one target's importances.

    Args:
        found: One target's value of :func:`~nnrecipes.evaluation.importance.permutation_importance`.
        target: The target's name, for the title.
        rows: Which rows these are, for the title.
    """
    columns = list(found["columns"].items())
    title = shorten(f"{target}: permutation importance" if target else "Permutation importance", 60)
    if not columns:
        return sentence("There is no column to shuffle.", title=title)
    shown = columns[:MOST_COLUMNS]
    figure = new_figure(6.4, 1.5 + 0.27 * len(shown), title)
    axes = figure.subplots()
    places = list(range(len(shown)))[::-1]
    axes.barh(places, [entry["increase"] for _, entry in shown], color=BLUE, alpha=0.55, height=0.7)
    for place, (_, entry) in zip(places, shown, strict=True):
        values = entry["values"]
        axes.plot(values, [place] * len(values), linestyle="", marker="o", markersize=2.6, color=INK, alpha=0.7)
    axes.axvline(0, color=GREY, linewidth=1)
    axes.set_yticks(places, [shorten(name, 30) for name, _ in shown])
    tidy(axes)
    axes.grid(False, axis="y")
    axes.grid(True, axis="x", color=LIGHT, linewidth=0.6)
    axes.set_ylim(-0.7, len(shown) - 0.3)
    left = f"; {len(columns) - len(shown)} less important columns are not shown" if len(columns) > len(shown) else ""
    metric = {"rmse": "RMSE", "log_loss": "log loss"}[found["metric"]]
    axes.set_xlabel(f"increase of the {metric} (from {number(found['value'])}) when the column is shuffled", fontsize=9)
    axes.set_title(f"{found['rows']:,} {rows}, {found['repeats']} permutations (dots){left}", fontsize=8.5, color=GREY)
    return figure

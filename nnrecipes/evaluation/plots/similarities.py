"""Cosines of pairs of rows -> a figure: how those of one identity and of two lie, and the ROC curve."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from nnrecipes.data.spec import Array
from nnrecipes.evaluation.plots.style import BLUE, GREY, LIGHT, PALETTE, new_figure, tidy
from nnrecipes.evaluation.verification import draw_pairs, equal_error_rate, roc_points, unit_rows

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BINS = 40


def plot_similarities(
    identities: Array, vectors: Array, *, title: str = "", others: Mapping[str, Array] | None = None
) -> "Figure":
    """Draw both kinds of pairs, and the ROC curve with the point of equal errors.

    Args:
        identities: A number a row ``(rows,)``.
        vectors: ``(rows, width)``.
        title: Of the figure.
        others: Name -> vectors of the same rows, for further curves.
    """
    figure = new_figure(9, 3.6, title)
    left, right = figure.subplots(1, 2)
    for place, (name, rows) in enumerate({"network": vectors, **(others or {})}.items()):
        cosines, same = _cosines(identities, rows)
        if name == "network":
            edges = np.linspace(min(cosines.min(), 0.0), 1.0, BINS + 1)
            left.hist(cosines[~same], edges, density=True, color=GREY, alpha=0.6, label="two identities")
            left.hist(cosines[same], edges, density=True, color=BLUE, alpha=0.6, label="one identity")
        order = np.argsort(-cosines, kind="stable")
        ends = np.flatnonzero(np.append(np.diff(cosines[order]) != 0, True))
        accepted, wrong = roc_points(np.ones(len(order)), same[order], ends)
        rate = equal_error_rate(accepted, wrong)
        right.plot(wrong, accepted, color=PALETTE[place % len(PALETTE)], label=f"{name}: equal error rate {rate:.3f}")
    right.plot([0, 1], [1, 0], color=LIGHT, linewidth=0.8, linestyle=":")
    left.set(xlabel="cosine of a pair", ylabel="density")
    right.set(xlabel="pairs of two identities accepted", ylabel="pairs of one identity accepted")
    for axes in (left, right):
        axes.legend(fontsize=8)
        tidy(axes)
    return figure


def _cosines(identities: Array, vectors: Array) -> tuple[Array, Array]:
    units = unit_rows(vectors)
    first, second = draw_pairs(identities)
    return np.einsum("ij,ij->i", units[first], units[second]), identities[first] == identities[second]

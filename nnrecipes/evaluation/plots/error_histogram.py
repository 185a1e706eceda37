"""Errors of rows and a threshold -> a histogram that shows what is reported as an anomaly."""

from typing import TYPE_CHECKING

import numpy as np

from nnrecipes.data.spec import Array
from nnrecipes.evaluation.plots.style import BLUE, INK, ORANGE, new_figure, number, tidy

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_errors(errors: Array, threshold: float, anomaly: Array | None = None) -> "Figure":
    """Draw the errors, with those of known anomalies in another colour.

    Args:
        errors: Of the rows, ``(rows,)``.
        threshold: Above which a row is reported.
        anomaly: Which rows are anomalies, bool ``(rows,)``, where that is known.
    """
    figure = new_figure(7, 3.6, "Reconstruction errors of the test rows")
    axes = figure.subplots()
    shown = np.log10(np.maximum(errors, 1e-12))
    bins = np.linspace(shown.min(), shown.max() + 1e-9, 41).tolist()
    known = {"normal": ~anomaly, "anomaly": anomaly} if anomaly is not None else {"rows": np.ones(len(errors), bool)}
    for (name, rows), colour in zip(known.items(), (BLUE, ORANGE), strict=False):
        axes.hist(shown[rows], bins=bins, color=colour, alpha=0.65, label=f"{name} ({int(rows.sum()):,})")
    reported = int((errors > threshold).sum())
    axes.axvline(np.log10(max(threshold, 1e-12)), color=INK, linewidth=1.4,
                 label=f"threshold {number(threshold)}: {reported:,} reported")  # fmt: skip
    axes.set_xlabel("log10 of the error", fontsize=9)
    axes.set_ylabel("rows", fontsize=9)
    axes.legend(fontsize=8)
    tidy(axes)
    return figure

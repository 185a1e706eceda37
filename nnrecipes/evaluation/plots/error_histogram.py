"""Errors of rows and a threshold -> a histogram that shows what is reported as an anomaly."""

from typing import TYPE_CHECKING

import numpy as np

from nnrecipes.data.spec import Array
from nnrecipes.evaluation.plots.style import BLUE, INK, ORANGE, new_figure, number, tidy

if TYPE_CHECKING:
    from matplotlib.figure import Figure


LEAST = 1e-12


def plot_errors(errors: Array, threshold: float, anomaly: Array | None = None) -> "Figure":
    """Draw the errors, with those of known anomalies in another colour.

    Args:
        errors: Of the rows, ``(rows,)``.
        threshold: Above which a row is reported.
        anomaly: Which rows are anomalies, bool ``(rows,)``, where that is known.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    figure = new_figure(7, 3.6, "Reconstruction errors of the test rows")
    axes = figure.subplots()
    shown = np.maximum(errors, LEAST)
    bins = np.geomspace(shown.min(), shown.max() * (1 + 1e-9), 41).tolist()
    known = {"normal": ~anomaly, "anomaly": anomaly} if anomaly is not None else {"rows": np.ones(len(errors), bool)}
    for (name, rows), colour in zip(known.items(), (BLUE, ORANGE), strict=False):
        axes.hist(shown[rows], bins=bins, color=colour, alpha=0.65, label=f"{name} ({int(rows.sum()):,})")
    reported = int((errors > threshold).sum())
    axes.axvline(max(threshold, LEAST), color=INK, linewidth=1.4,
                 label=f"threshold {number(threshold)}: {reported:,} reported")  # fmt: skip
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if shown.max() < 300 * shown.min() else (1,)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("error of a row", fontsize=9)
    axes.set_ylabel("rows", fontsize=9)
    axes.legend(fontsize=8)
    tidy(axes)
    return figure

"""Codes in the plane -> a map coloured by label; decoded steps of each code number -> a code traversal."""

from typing import TYPE_CHECKING

import numpy as np

from nnrecipes.data.spec import Array
from nnrecipes.evaluation.plots.style import BLUE, INK, class_colours, new_figure, shorten, tidy

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 20  # classes with a colour of their own


def plot_code_map(points: Array, labels: Array | None = None, *, title: str = "Codes, by two components") -> "Figure":
    """Draw codes in the plane.

    Args:
        points: ``(rows, 2)``.
        labels: Text of classes, or numbers, ``(rows,)``.
        title: Above the figure.
    """
    from matplotlib.patheffects import withStroke

    figure = new_figure(6.5, 5.5, title)
    axes = figure.subplots()
    if labels is None:
        axes.scatter(points[:, 0], points[:, 1], s=8, alpha=0.6, color=BLUE, linewidths=0)
    elif labels.dtype.kind == "f":
        drawn = axes.scatter(points[:, 0], points[:, 1], s=8, c=labels, cmap="viridis", linewidths=0)
        figure.colorbar(drawn, ax=axes)
    else:
        names = np.unique(labels)[:MOST]
        for name, colour in zip(names, class_colours(len(names)), strict=True):
            own = points[labels == name]
            axes.scatter(own[:, 0], own[:, 1], s=9, alpha=0.7, color=colour, label=shorten(name), linewidths=0)
            text = axes.annotate(shorten(name, 12), np.median(own, axis=0), ha="center", va="center", fontsize=10,
                                 fontweight="bold", color=INK)  # fmt: skip
            text.set_path_effects([withStroke(linewidth=3, foreground="white")])
        axes.legend(fontsize=8, markerscale=2, loc="center left", bbox_to_anchor=(1, 0.5))
    axes.set_xticks([])
    axes.set_yticks([])
    tidy(axes, grid=False)
    return figure


def plot_traversal(images: Array, places: list[int], values: Array) -> "Figure":
    """Draw what is decoded where one number of the code changes and the others stay.

    Args:
        images: ``(numbers, steps, height, width, channels)``, or ``(numbers, steps, length, channels)`` of series.
        places: Which numbers of the code.
        values: By how many standard deviations each step is off the mean, ``(steps,)``.
    """
    figure = new_figure(0.8 + 0.8 * len(values), 0.4 + 0.8 * len(places), "Code traversal")
    grid = figure.subplots(len(places), len(values), squeeze=False)
    for line, place, row in zip(grid, places, images, strict=True):
        for axes, image, value in zip(line, row, values, strict=True):
            if image.ndim == 3:
                axes.imshow(image[..., 0] if image.shape[-1] == 1 else image, cmap="gray", vmin=0, vmax=1)
            else:
                axes.plot(image[:, 0] if image.ndim == 2 else image, color=BLUE, linewidth=1)
            axes.set_xticks([])
            axes.set_yticks([])
            if place == places[-1]:
                axes.set_xlabel(f"{value:+.1f} sd", fontsize=8)
        line[0].set_ylabel(f"code_{place + 1}", fontsize=8)
    return figure

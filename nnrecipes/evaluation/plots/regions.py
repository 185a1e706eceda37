"""A model of two features -> what it predicts all over their plane, under the rows."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nnrecipes.data.spec import Array
from nnrecipes.evaluation.plots.style import INK, class_colours, new_figure, shorten, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_POINTS = 2000  # rows drawn; of more, every n-th


def plot_regions(
    predict: Callable[[Array], Array],
    x: Array,
    truth: Array,
    *,
    features: Sequence[str],
    classes: Sequence[str] = (),
    target: str = "prediction",
    resolution: int = 200,
    title: str = "",
) -> "Figure":
    """Draw decision regions (or the surface of a regression) over two features and the rows on them.

    Args:
        predict: Points ``(rows, 2)`` in the features' units -> probabilities ``(rows, classes)``, or numbers
            ``(rows,)``. Other features of the model are the caller's to hold fixed.
        x: The rows' two features ``(rows, 2)``.
        truth: Class indices ``(rows,)``, or numbers.
        features: Names of the two features, with their units.
        classes: Class names; none for a regression.
        target: What is predicted.
        resolution: Points along each axis.
        title: The figure's title.
    """
    keep = np.flatnonzero(np.isfinite(x).all(axis=1))
    keep = keep[:: max(1, -(-len(keep) // MOST_POINTS))]
    x, truth = x[keep], truth.reshape(-1)[keep]
    across, up = (_span(x[:, k], resolution) for k in (0, 1))
    grid = np.stack([axis.reshape(-1) for axis in np.meshgrid(across, up)], axis=1)
    values = np.asarray(predict(grid))
    kind = "Decision regions" if classes else "Predictions"
    figure = new_figure(7.2, 5.2, title or f"{kind} of {shorten(target)} over two features")
    axes = figure.subplots()
    if classes:
        _classes(figure, axes, (across, up), values, x, truth, classes)
    else:
        _surface(figure, axes, (across, up), values, x, truth, target)
    tidy(axes, grid=False)
    axes.set_xlabel(shorten(features[0], 40), fontsize=9)
    axes.set_ylabel(shorten(features[1], 40), fontsize=9)
    axes.set_xlim(across[0], across[-1])
    axes.set_ylim(up[0], up[-1])
    return figure


def _span(values: Array, resolution: int) -> Array:
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    margin = 0.06 * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, resolution)


def _classes(
    figure: "Figure",
    axes: "Axes",
    grid: tuple[Array, Array],
    values: Array,
    x: Array,
    truth: Array,
    classes: Sequence[str],
) -> None:
    from matplotlib.colors import ListedColormap
    from matplotlib.lines import Line2D

    colours = class_colours(len(classes))
    chosen = values.argmax(axis=1).reshape(len(grid[1]), len(grid[0]))
    norm: Any = {"vmin": -0.5, "vmax": len(classes) - 0.5}
    axes.pcolormesh(*grid, chosen, cmap=ListedColormap(colours), alpha=0.3, shading="nearest", rasterized=True, **norm)
    markers = "osD^vPX*"
    for k, colour in enumerate(colours):
        rows = truth == k
        marker = markers[k % len(markers)]
        axes.scatter(x[rows, 0], x[rows, 1], s=22, color=colour, marker=marker, edgecolors="white", linewidths=0.5)
    handles = [Line2D([], [], linestyle="", marker=markers[k % len(markers)], color=colours[k], label=shorten(name, 20))
               for k, name in enumerate(classes[:40])]  # fmt: skip
    if len(classes) > len(handles):
        more = f"and {len(classes) - len(handles)} more"
        handles.append(Line2D([], [], linestyle="", label=more))
    many = 1 + (len(handles) > 20)
    legend = figure.legend(handles=handles, loc="outside right upper", frameon=False, fontsize=8, ncols=many,
                           title="area: predicted\npoint: true class")  # fmt: skip
    legend.get_title().set_fontsize(8)


def _surface(
    figure: "Figure", axes: "Axes", grid: tuple[Array, Array], values: Array, x: Array, truth: Array, target: str
) -> None:
    surface = values.reshape(len(grid[1]), len(grid[0]))
    both = np.concatenate([surface.reshape(-1), truth])
    limits: Any = {"vmin": float(np.nanmin(both)), "vmax": float(np.nanmax(both))}
    image = axes.pcolormesh(*grid, surface, cmap="viridis", shading="nearest", rasterized=True, **limits)
    axes.scatter(x[:, 0], x[:, 1], c=truth, cmap="viridis", s=24, edgecolors=INK, linewidths=0.6, **limits)
    bar = figure.colorbar(image, ax=axes, pad=0.02)
    bar.set_label(f"{shorten(target)} (area: predicted, points: true)", fontsize=8)
    bar.ax.tick_params(labelsize=8)

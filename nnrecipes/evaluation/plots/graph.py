"""A Keras model -> a drawing of its graph: a box a layer, an arrow a tensor.

``dot`` places the boxes where Graphviz is installed, :mod:`nnrecipes.evaluation.plots.layout` where it is not; the
drawing is the same. Colours tell inputs, layers with parameters and layers without apart.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from nnrecipes.evaluation.plots.layout import Layout, Point, dot_layout, layered_layout
from nnrecipes.evaluation.plots.structure import Box, Structure, read_structure
from nnrecipes.evaluation.plots.style import BLUE, GREEN, GREY, INK, new_figure, sentence, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINE, PAD, LETTER = 0.165, 0.14, 0.073  # inches: height of a line, padding, width of a letter of 8.5 points
MOST_INCHES = 120.0
SUBCLASSED = ("A subclassed model: which layer feeds which is Python code that Keras does not see.\n"
              "Its layers, in the order in which they were made, without arrows.")  # fmt: skip


def plot_graph(model: Any, *, title: str = "", use_dot: bool = True) -> "Figure":
    """Draw a ``keras.Model`` of any kind.

    Args:
        model: The model: Sequential, functional or subclassed, built or not.
        title: The figure's title; by default the model's name, its layers and its parameters.
        use_dot: Whether ``dot`` may place the boxes.
    """
    structure = read_structure(model)
    title = title or _title(model, structure)
    if not structure.boxes:
        return sentence("The model has no layers that Keras knows of.", title=title)
    sizes = [_size(box) for box in structure.boxes]
    layout = (dot_layout(sizes, structure.arrows) if use_dot else None) or layered_layout(sizes, structure.arrows)
    if not structure.known:
        layout = _column(sizes)
    note = "" if structure.known else SUBCLASSED
    return _draw(structure, sizes, layout, title, note)


def _title(model: Any, structure: Structure) -> str:
    layers = sum(not box.shared and box.kind != "InputLayer" for box in structure.boxes)
    try:
        parameters = f", {int(model.count_params()):,} parameters"
    except ValueError:
        parameters = ", not built yet"
    return f"{shorten(model.name, 40)}: {layers} layer{'s' * (layers != 1)}{parameters}"


def _size(box: Box) -> Point:
    letters = max(len(shorten(line, 40)) for line in box.lines)
    return max(1.3, letters * LETTER + 2 * PAD), len(box.lines) * LINE + 2 * PAD * 0.8


def _column(sizes: Sequence[Point]) -> Layout:
    """Return boxes one under the other, in columns of at most 12."""
    width = max(size[0] for size in sizes) + 0.3
    height = max(size[1] for size in sizes) + 0.2
    deep = min(len(sizes), 12)
    wide = -(-len(sizes) // deep)
    centres = tuple(((k // deep + 0.5) * width, (deep - k % deep - 0.5) * height) for k in range(len(sizes)))
    return Layout((wide * width, deep * height), centres, ())


def _draw(structure: Structure, sizes: Sequence[Point], layout: Layout, title: str, note: str) -> "Figure":
    head = 0.6 + (0.5 if note else 0)
    width = max(layout.size[0] + 0.6, 0.1 * len(title) + 0.6, 6.4 if note else 0)
    height = layout.size[1] + head + 0.6
    scale = min(1.0, MOST_INCHES / max(width, height))
    figure = new_figure(width * scale, height * scale)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    left = (width - layout.size[0]) / 2
    axes.set_xlim(-left, width - left)
    axes.set_ylim(-0.5, height - 0.5)
    top, middle = height - 0.5 - 0.22, layout.size[0] / 2
    axes.text(middle, top, title, ha="center", va="top", fontsize=max(12 * scale, 4), fontweight="bold", color=INK)
    axes.text(middle, top - 0.3, note, ha="center", va="top", fontsize=9 * scale, color=GREY)
    for path in layout.paths:
        _arrow(axes, path, curved=layout.curved, scale=scale)
    for box, size, centre in zip(structure.boxes, sizes, layout.centres, strict=True):
        _rectangle(axes, box, size, centre, scale)
    if any(box.parameters for box in structure.boxes):
        _key(axes, structure, scale)
    return figure


def _colour(box: Box) -> str:
    if box.kind == "InputLayer":
        return GREEN
    return BLUE if box.parameters else GREY


def _key(axes: "Axes", structure: Structure, scale: float) -> None:
    from matplotlib.patches import Patch

    there = {_colour(box) for box in structure.boxes}
    names = {GREEN: "input", BLUE: "with parameters", GREY: "without parameters"}
    handles = [Patch(color=colour, label=name) for colour, name in names.items() if colour in there]
    axes.legend(handles=handles, loc="lower center", ncols=3, frameon=False, fontsize=8 * scale, handlelength=1,
                handleheight=0.7, columnspacing=1.2)  # fmt: skip


def _rectangle(axes: "Axes", box: Box, size: Point, centre: Point, scale: float) -> None:
    from matplotlib.colors import to_rgba
    from matplotlib.patches import FancyBboxPatch

    colour = _colour(box)
    corner = (centre[0] - size[0] / 2 + 0.05, centre[1] - size[1] / 2 + 0.05)
    style = "round,pad=0.05,rounding_size=0.06"
    fill = tuple(0.12 * part + 0.88 for part in to_rgba(colour)[:3])
    look: dict[str, Any] = {"facecolor": fill, "edgecolor": colour, "linewidth": 1.2 * scale, "zorder": 2}
    axes.add_patch(FancyBboxPatch(corner, size[0] - 0.1, size[1] - 0.1, boxstyle=style, **look))
    top = centre[1] + (len(box.lines) - 1) * LINE / 2
    for k, line in enumerate(box.lines):
        weight, colour = "bold" if k == 0 else "normal", INK if k < 2 else "#555555"
        axes.text(centre[0], top - k * LINE, shorten(line, 40), ha="center", va="center_baseline", zorder=3,
                  fontsize=8.5 * scale, color=colour, fontweight=weight)  # fmt: skip


def _arrow(axes: "Axes", path: Sequence[Point], *, curved: bool, scale: float) -> None:
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    points = np.asarray(path) if curved else _smooth(np.asarray(path))
    codes = [Path.MOVETO] + [Path.CURVE4] * (len(points) - 1)
    axes.add_patch(FancyArrowPatch(path=Path(points, codes), arrowstyle="-|>", mutation_scale=9 * scale, color=GREY,
                                   linewidth=1.1 * scale, zorder=1, shrinkA=0, shrinkB=0))  # fmt: skip


def _smooth(points: Any) -> Any:
    """Return the Bezier control points of a curve through ``points`` that leaves and arrives vertically."""
    parts = [points[:1]]
    for a, b in pairwise(points):
        half = (a[1] + b[1]) / 2
        parts.append(np.array([[a[0], half], [b[0], half], b]))
    return np.concatenate(parts)

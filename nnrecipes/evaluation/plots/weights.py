"""A model's weights -> one histogram a variable: kernels, biases and the others, layer by layer."""

from typing import TYPE_CHECKING, Any

import numpy as np

from nnrecipes.evaluation.plots.style import BLUE, GREEN, GREY, INK, ORANGE, new_figure, sentence, shorten, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST = 36  # panels in one figure


def plot_weights(model: Any, *, title: str = "Weights and biases") -> "Figure":
    """Draw a histogram of each variable of a ``keras.Model`` that holds floats.

    Args:
        model: The model; one that has not been built has no weights, which the figure then says.
        title: The figure's title.
    """
    variables = [variable for variable in model.weights if "float" in str(variable.dtype)]
    if not variables:
        return sentence(
            "The model has no weights yet: it has not been called, or none of its layers has any.", title=title
        )
    shown = variables[:MOST]
    if len(shown) < len(variables):
        title = f"{title}: the first {MOST} of {len(variables)} variables"
    columns = 2 if len(shown) <= 8 else 4
    rows = -(-len(shown) // columns)
    figure = new_figure(3.6 * columns, 2.2 * rows + 0.9, title)
    grid = figure.subplots(rows, columns, squeeze=False).reshape(-1)
    for axes, variable in zip(grid, shown, strict=False):
        _draw(axes, variable)
    for axes in grid[len(shown) :]:
        axes.set_axis_off()
    for axes in grid[max(len(shown) - columns, 0) : len(shown)]:
        axes.set_xlabel("value", fontsize=8)
    figure.supylabel("number of values", fontsize=9)
    _legend(figure, {_kind(variable) for variable in shown})
    return figure


KINDS = {"weights": BLUE, "biases": ORANGE, "others (scales, moving statistics)": GREEN}


def _kind(variable: Any) -> str:
    if len(variable.shape) > 1:
        return "weights"
    return "biases" if "bias" in variable.name or variable.name == "beta" else "others (scales, moving statistics)"


def _draw(axes: "Axes", variable: Any) -> None:
    values = np.asarray(variable.numpy(), dtype=np.float64).reshape(-1)
    finite = values[np.isfinite(values)]
    if len(finite):
        span = (finite.min() - 0.5, finite.max() + 0.5) if finite.min() == finite.max() else None
        bins = 11 if span else int(np.clip(np.sqrt(len(finite)), 10, 60))
        axes.hist(finite, bins=bins, range=span, color=KINDS[_kind(variable)], alpha=0.9)
        axes.axvline(0, color=GREY, linewidth=0.8)
    bad = len(values) - len(finite)
    facts = f"mean {finite.mean():.3g}, sd {finite.std():.3g}" if len(finite) else "no finite value"
    name = " / ".join(str(getattr(variable, "path", variable.name)).split("/")[-2:])
    shape = " × ".join(map(str, variable.shape)) or "1"
    tidy(axes)
    axes.set_title(f"{shorten(name, 40)}  ({shape})", fontsize=8.5, loc="left", color=INK, pad=14)
    axes.text(
        0, 1.02, facts + (f", {bad} not finite" if bad else ""), transform=axes.transAxes, fontsize=7.5, color=GREY
    )
    axes.locator_params(axis="x", nbins=5)
    axes.locator_params(axis="y", nbins=4, integer=True)


def _legend(figure: "Figure", kinds: set[str]) -> None:
    from matplotlib.patches import Patch

    handles = [Patch(color=colour, label=kind) for kind, colour in KINDS.items() if kind in kinds]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False, fontsize=9)

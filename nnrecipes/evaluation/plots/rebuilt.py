"""Rows and what became of them -> pictures above one another: originals over reconstructions, noisy over denoised."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from nnrecipes.data.spec import Array, InputSpec
from nnrecipes.evaluation.plots.style import GREY, PALETTE, new_figure, shorten, tidy

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 10  # rows
COLUMNS = 24


def plot_rebuilt(stages: Mapping[str, Array], spec: InputSpec, *, count: int = SHOWN) -> "Figure":
    """Draw the first rows of each stage.

    Args:
        stages: Name -> values ``(rows, ...)``, uppermost first.
        spec: Their input.
        count: Rows.
    """
    if spec.kind == "image":
        return _images(stages, count)
    return _series(stages, min(count, 4)) if spec.kind == "series" else _table(stages, spec)


def _images(stages: Mapping[str, Array], count: int) -> "Figure":
    count = min(count, len(next(iter(stages.values()))))
    figure = new_figure(0.3 + 0.8 * count, 0.9 * len(stages) + 0.1)
    grid = figure.subplots(len(stages), count, squeeze=False)
    for line, (name, values) in zip(grid, stages.items(), strict=True):
        for axes, row in zip(line, values, strict=False):
            picture = np.clip(row if row.ndim == 3 else row[0], 0, 1)
            axes.imshow(picture[..., 0] if picture.shape[-1] == 1 else picture, cmap="gray", vmin=0, vmax=1)
            axes.set_xticks([])
            axes.set_yticks([])
        line[0].set_ylabel(name, fontsize=9)
    return figure


def _series(stages: Mapping[str, Array], count: int) -> "Figure":
    count = min(count, len(next(iter(stages.values()))))
    figure = new_figure(8, 1.5 * count, " and ".join(stages))
    for place, axes in enumerate(figure.subplots(count, 1, squeeze=False)[:, 0]):
        for number, (name, values) in enumerate(stages.items()):
            axes.plot(values[place][:, 0], color=PALETTE[number], linewidth=1.3, label=name)
        tidy(axes)
    axes.set_xlabel("step", fontsize=9)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=len(stages), fontsize=8)
    return figure


def _table(stages: Mapping[str, Array], spec: InputSpec) -> "Figure":
    """Squared error of each column, as bars; the last stage is the truth where there are three."""
    names = list(stages)
    truth = stages["clean"] if "clean" in stages else stages[names[0]]
    made = {name: stages[name] for name in names if stages[name] is not truth}
    columns = list(spec.features[:COLUMNS])
    figure = new_figure(7, 1 + 0.26 * len(columns), "Mean squared error of each column (scaled)")
    axes = figure.subplots()
    for number, (name, values) in enumerate(made.items()):
        errors = np.mean((values - truth) ** 2, axis=0)[: len(columns)]
        places = np.arange(len(columns)) + (number - (len(made) - 1) / 2) * 0.4
        axes.barh(places, errors, height=0.4, color=PALETTE[number], label=name)
    axes.set_yticks(range(len(columns)), [shorten(name) for name in columns])
    axes.invert_yaxis()
    axes.legend(fontsize=8, labelcolor=GREY)
    tidy(axes)
    return figure

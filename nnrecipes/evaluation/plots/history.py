"""The history of a training -> curves of every loss and metric, training and validation, with the best epoch marked."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from nnrecipes.data.spec import Array
from nnrecipes.evaluation.plots.style import BLUE, GREEN, GREY, INK, ORANGE, new_figure, sentence, shorten, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RATES = ("learning_rate", "lr")
LOG_RANGE = 50  # a loss that falls by more than this factor is drawn on a log axis


def plot_history(
    history: Mapping[str, Sequence[float]],
    *,
    best_epoch: int | None = None,
    monitor: str = "val_loss",
    title: str = "Training history",
) -> "Figure":
    """Draw one panel a loss or metric, and one for the learning rate where it changes.

    Args:
        history: Log name -> one value an epoch, as Keras' History has it; ``val_x`` is drawn with ``x``.
        best_epoch: The epoch to mark, counted from 1; by default the one of the least ``monitor`` (or of the training
            loss without it) where that is a loss.
        monitor: What the best epoch was chosen by.
        title: The figure's title.
    """
    series = {name: np.asarray(values, dtype=np.float64).reshape(-1) for name, values in history.items() if len(values)}
    panels = _panels(series)
    if not panels:
        return sentence("The history is empty: no epoch was trained.", title=title)
    epochs = max(len(values) for values in series.values())
    monitor = monitor if monitor in series else "loss"
    best = best_epoch if best_epoch is not None else _lowest(series, monitor)
    columns = min(len(panels), 3 if len(panels) > 4 or len(panels) == 3 else 2)
    rows = -(-len(panels) // columns)
    figure = new_figure(max(4.4 * columns, 5.5), 2.9 * rows + 1, title)
    grid = figure.subplots(rows, columns, squeeze=False).reshape(-1)
    for axes, panel in zip(grid, panels, strict=False):
        _draw(axes, panel, series, epochs, best)
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    _legend(figure, series, best, monitor)
    return figure


def _panels(series: Mapping[str, Array]) -> list[str]:
    names = list(dict.fromkeys(name.removeprefix("val_") for name in series if name not in RATES))
    names.sort(key=lambda name: (name != "loss", not name.endswith("_loss")))
    return names + [name for name in RATES if name in series and len(np.unique(series[name])) > 1]


def _lowest(series: Mapping[str, Array], monitor: str) -> int | None:
    values = series.get(monitor)
    if values is None or not monitor.endswith("loss") or not np.isfinite(values).any():
        return None
    where = int(np.argmin(np.where(np.isfinite(values), values, np.inf)))
    return int(_epochs_of(values, max(len(other) for other in series.values()))[where])


def _epochs_of(values: Array, epochs: int) -> Array:
    """Epochs, from 1, at which a series was logged; validation may run only every few epochs."""
    return np.arange(1, len(values) + 1) * max(1, epochs // len(values))


def _draw(axes: "Axes", panel: str, series: Mapping[str, Array], epochs: int, best: int | None) -> None:
    rate = panel in RATES
    lines = [(panel, GREEN if rate else BLUE, "-"), (f"val_{panel}", ORANGE, "--")]
    drawn = []
    for name, colour, style in lines:
        if name in series:
            values = np.where(np.isfinite(series[name]), series[name], np.nan)
            drawn.append(values)
            marker = "o" if len(values) <= 15 else ""
            axes.plot(
                _epochs_of(values, epochs), values, style, color=colour, marker=marker, markersize=4, linewidth=1.6
            )
    finite = np.concatenate(drawn)
    finite = finite[np.isfinite(finite)]
    log = (
        (rate or panel.endswith("loss"))
        and len(finite) > 0
        and finite.min() > 0
        and finite.max() > LOG_RANGE * finite.min()
    )
    tidy(axes)
    axes.set_title(shorten(panel.replace("_", " "), 36), fontsize=10, loc="left", color=INK)
    axes.set_ylabel(shorten(panel, 30) + (" (log scale)" if log else ""), fontsize=8)
    _epoch_axis(axes, epochs)
    axes.margins(y=0.08)
    if log:
        axes.set_yscale("log")
    if not len(finite):
        axes.text(0.5, 0.5, "no finite value", transform=axes.transAxes, ha="center", va="center", color=GREY)
    if best is not None:
        axes.axvline(best, color=GREY, linestyle=":", linewidth=1.2, zorder=1)


def _epoch_axis(axes: "Axes", epochs: int) -> None:
    from matplotlib.ticker import MaxNLocator

    margin = max(0.03 * (epochs - 1), 0.5 if epochs < 10 else 0)
    axes.set_xlim(1 - margin, epochs + margin)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True, min_n_ticks=1))
    axes.set_xlabel("epoch", fontsize=8)


def _legend(figure: "Figure", series: Mapping[str, Array], best: int | None, monitor: str) -> None:
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], color=BLUE, linewidth=1.6, label="training")]
    if any(name.startswith("val_") for name in series):
        handles.append(Line2D([], [], color=ORANGE, linestyle="--", linewidth=1.6, label="validation"))
    if best is not None:
        value = _value_at(series, monitor, best)
        handles.append(Line2D([], [], color=GREY, linestyle=":", label=f"best epoch: {best}{value}"))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False, fontsize=9)


def _value_at(series: Mapping[str, Array], monitor: str, epoch: int) -> str:
    values = series.get(monitor)
    if values is None:
        return ""
    at = np.flatnonzero(_epochs_of(values, max(map(len, series.values()))) == epoch)
    return f" ({monitor} {values[at[0]]:.4g})" if len(at) else ""

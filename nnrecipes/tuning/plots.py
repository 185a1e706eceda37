"""A study -> figures: history, importance of keys, slices, parallel coordinates, Pareto front."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nnrecipes.evaluation.plots.style import BLUE, GREY, LIGHT, ORANGE, new_figure, number, shorten, tidy
from nnrecipes.tuning.space import choice_texts, in_order
from nnrecipes.tuning.study import Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = 3


def plot_history(study: Study, objectives: Sequence[str]) -> "Figure | None":
    """Each trial's value and the best until then; trials that were given up are crosses."""
    trials = complete(study)
    values = np.array([trial.values[0] for trial in trials])
    lower = study.study.directions[0].name == "MINIMIZE"
    figure = new_figure(8, 4, f"{len(trials)} trials")
    axes = figure.subplots()
    numbers = [trial.number for trial in trials]
    axes.plot(numbers, values, "o", color=BLUE, markersize=4, label="trial")
    axes.step(numbers, (np.minimum if lower else np.maximum).accumulate(values), color=ORANGE, where="post",
              label="best until then")  # fmt: skip
    given_up = [(trial.number, trial.intermediate_values) for trial in study.counted() if trial.state.name == "PRUNED"]
    points = [(place, list(seen.values())[-1]) for place, seen in given_up if seen]
    if points:
        axes.plot(*zip(*points, strict=True), "x", color=GREY, markersize=5, label="given up, at its last epoch")
    axes.set(xlabel="trial", ylabel=objectives[0])
    axes.legend(fontsize=8, frameon=False)
    tidy(axes)
    return figure


def plot_importance(study: Study, objectives: Sequence[str]) -> "Figure | None":
    """Share of the objective's variance over the space that each key explains, by fANOVA (Hutter et al. 2014)."""
    trials = complete(study)
    if len(trials) < 4 or len({trial.values[0] for trial in trials}) < 2:
        return None
    evaluator = study.optuna.importance.FanovaImportanceEvaluator(seed=study.seed)
    try:
        found = study.optuna.importance.get_param_importances(study.study, evaluator=evaluator)
    except (ValueError, RuntimeError):  # keys that no two trials share
        return None
    names = list(found)[::-1]
    figure = new_figure(7, 1.2 + 0.4 * len(names), f"What {objectives[0]} depends on")
    axes = figure.subplots()
    axes.barh([shorten(name, 40) for name in names], [found[name] for name in names], color=BLUE)
    axes.set(xlabel="share of the variance", xlim=(0, 1))
    tidy(axes)
    return figure


def plot_slices(study: Study, objectives: Sequence[str]) -> "Figure | None":
    """The objective over each key; later trials are darker."""
    trials, keys = complete(study), in_order(study.tuning.space)
    rows = -(-len(keys) // COLUMNS)
    figure = new_figure(4 * min(len(keys), COLUMNS), 3 * rows, f"{objectives[0]} over each key")
    grid = figure.subplots(rows, min(len(keys), COLUMNS), squeeze=False).ravel()
    for axes, key in zip(grid, keys, strict=False):
        with_key = [trial for trial in trials if key in trial.params]
        places, labels = _places(study, key, [trial.params[key] for trial in with_key])
        axes.scatter(places, [trial.values[0] for trial in with_key], c=[trial.number for trial in with_key],
                     cmap="Blues", edgecolors=GREY, linewidths=0.4, s=22)  # fmt: skip
        _label(axes, labels, log=_is_log(study, key))
        axes.set_xlabel(shorten(key, 36), fontsize=8)
        tidy(axes)
    for axes in grid[len(keys) :]:
        axes.set_visible(False)
    return figure


def plot_parallel(study: Study, objectives: Sequence[str]) -> "Figure | None":
    """Every trial as a line through its values; the darker, the better."""
    trials, keys = complete(study), in_order(study.tuning.space)
    if len(trials) < 2:
        return None
    figure = new_figure(2 + 1.9 * len(keys), 4.2, f"{objectives[0]} by combination")
    axes = figure.subplots()
    heights = [_heights(study, key, trials) for key in keys]
    order = np.argsort([trial.values[0] for trial in trials])
    order = order if study.study.directions[0].name == "MAXIMIZE" else order[::-1]
    for rank, place in enumerate(order):
        shade = (rank + 1) / len(order)
        axes.plot(range(len(keys)), [column[0][place] for column in heights], color=BLUE if shade > 0.9 else GREY,
                  alpha=0.9 if shade > 0.9 else 0.15 + 0.25 * shade, linewidth=1.6 if shade > 0.9 else 0.8)  # fmt: skip
    for x, (_, labels) in enumerate(heights):
        axes.axvline(x, color=LIGHT, linewidth=1, zorder=0)
        for height, text in labels:
            axes.text(x + 0.03, height, text, fontsize=7, color=GREY)
    axes.set_xticks(range(len(keys)), [shorten(key, 26) for key in keys], fontsize=7)
    axes.set_yticks([])
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_title("the best tenth in blue", fontsize=8, color=GREY)
    return figure


def plot_front(study: Study, objectives: Sequence[str]) -> "Figure | None":
    """The first two objectives; what no other trial beats in both is the front."""
    trials, best = complete(study), study.study.best_trials
    figure = new_figure(6, 5, "What no other trial beats in every objective")
    axes = figure.subplots()
    axes.plot(
        [t.values[0] for t in trials], [t.values[1] for t in trials], "o", color=GREY, markersize=4, label="trial"
    )
    front = sorted((t.values[0], t.values[1]) for t in best)
    axes.plot(*zip(*front, strict=True), "o-", color=ORANGE, markersize=5, label="front")
    axes.set(xlabel=objectives[0], ylabel=objectives[1])
    axes.legend(fontsize=8, frameon=False)
    tidy(axes)
    return figure


def complete(study: Study) -> list[Any]:
    """The trials with a value."""
    return [trial for trial in study.counted() if trial.state.name == "COMPLETE"]


def _is_log(study: Study, key: str) -> bool:
    return study.tuning.space[key].kind.startswith("log")


def _places(study: Study, key: str, values: Sequence[Any]) -> tuple[list[float], list[str]]:
    """Where values stand on an axis, and the names of the places of a choice."""
    if study.tuning.space[key].kind != "choice":
        return [float(value) for value in values], []
    names = [text for text in choice_texts(study.tuning.space[key]) if text in values]
    return [float(names.index(value)) for value in values], names


def _label(axes: Any, names: Sequence[str], *, log: bool) -> None:
    if names:
        axes.set_xticks(range(len(names)), [shorten(name, 14) for name in names], fontsize=7)
    elif log:
        axes.set_xscale("log")


def _heights(study: Study, key: str, trials: Sequence[Any]) -> tuple[list[float], list[tuple[float, str]]]:
    """Where each trial crosses a key's line, from 0 to 1 (gaps where it has no value), and the line's labels."""
    known = [trial.params[key] for trial in trials if key in trial.params]
    if not known:
        return [float("nan")] * len(trials), []
    places, names = _places(study, key, known)
    scaled = np.log(places) if _is_log(study, key) else np.array(places)
    low, width = scaled.min(), max(np.ptp(scaled), 1e-12)
    heights = iter((scaled - low) / width)
    found = [float(next(heights)) if key in trial.params else float("nan") for trial in trials]
    if names:
        return found, [(place / max(len(names) - 1, 1), shorten(name, 16)) for place, name in enumerate(names)]
    return found, [(0.0, number(min(places))), (1.0, number(max(places)))]

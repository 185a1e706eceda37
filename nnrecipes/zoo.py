"""The recipes that were measured, with their figures, and the trained runs that ship with the package.

``configs/zoo.json`` holds the measurements; ``benchmarks/recipes.py`` makes them, and ``docs/zoo.md`` is
:func:`zoo_page` of them. Nothing here imports TensorFlow but :func:`load_zoo`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nnrecipes.config.shipped import shipped, summary
from nnrecipes.errors import ConfigError, did_you_mean
from nnrecipes.runs.find import list_folders

HEADLINES: dict[str, tuple[str, ...]] = {
    "regression": ("rmse", "r2"),
    "binary": ("roc_auc", "log_loss", "accuracy"),
    "multiclass": ("accuracy", "log_loss", "f1_macro"),
    "multilabel": ("f1_macro",),
    "identity": ("roc_auc", "eer", "one_shot_accuracy"),
    "reconstruction": ("mse", "psnr"),
    "denoising": ("psnr", "mse"),
    "code": ("knn_accuracy", "nmi"),
    "anomaly": ("roc_auc", "f1"),
    "ranking": ("ndcg@100", "recall@20", "recall@50"),
    "rating": ("rmse",),
}
"""Task -> the metrics that the table shows, those that a run has."""
LESS = ("rmse", "mae", "mse", "log_loss", "eer", "bce", "pinball_loss")
"""Metrics of which less is better."""


@dataclass(frozen=True)
class Figure:
    """One metric of the test rows.

    Args:
        part: What is scored: a target, or ``ranking``, ``reconstruction``, ...
        task: Its task.
        metric: The metric's name.
        mean: Over the seeds.
        sd: Over the seeds.
        baselines: Name -> the mean of the same metric.
    """

    part: str
    task: str
    metric: str
    mean: float
    sd: float | None
    baselines: Mapping[str, float]

    @property
    def best_baseline(self) -> tuple[str, float] | None:
        """Name and value of the baseline that is best at this metric."""
        if not self.baselines:
            return None
        best = min if self.metric in LESS else max
        name = best(self.baselines, key=lambda each: self.baselines[each])
        return name, self.baselines[name]


@dataclass(frozen=True)
class Entry:
    """One measured recipe.

    Args:
        recipe: Its name.
        data: Where the rows came from.
        rows: How many there were, in all sets.
        parameters: Of the network.
        seeds: How many runs there were, a seed each, which draws split, weights and order of rows.
        cpu_seconds: Mean of a run, from reading the rows to the last plot.
        figures: Of the test rows.
    """

    recipe: str
    data: str
    rows: int
    parameters: int
    seeds: int
    cpu_seconds: float
    figures: tuple[Figure, ...]

    @property
    def summary(self) -> str:
        """The first sentence of the recipe's header."""
        return summary(shipped("configs") / f"{self.recipe}.yaml")


def measured() -> list[Entry]:
    """The measured recipes, by name.

    Example:
        >>> [entry.figures[0].metric for entry in measured() if entry.recipe == "sequential_wine"]
        ['accuracy']
    """
    stored: Mapping[str, Any] = json.loads((shipped("configs") / "zoo.json").read_text("utf-8"))
    return [
        Entry(name, **{**values, "figures": tuple(Figure(**figure) for figure in values["figures"])})
        for name, values in sorted(stored.items())
    ]


def zoo_names() -> list[str]:
    """The recipes of which a trained run ships with the package, by name.

    Example:
        >>> "iris_multi_output" in zoo_names()
        True
    """
    return sorted({folder.recipe for folder in list_folders(shipped("data") / "zoo")})


def load_zoo(name: str) -> Any:
    """Return the trained run of a recipe that ships with the package; it needs no network and no training.

    Args:
        name: One of :func:`zoo_names`.

    Returns:
        A run, as :func:`nnrecipes.load_run` returns it.

    Raises:
        ConfigError: There is none of this name.

    Example:
        >>> import nnrecipes as nn
        >>> run = nn.load_zoo("iris_multi_output")
        >>> sorted(run.metrics)
        ['petal_width', 'species']
    """
    from nnrecipes.inference.any_run import load_run

    found = [folder for folder in list_folders(shipped("data") / "zoo") if folder.recipe == name]
    if not found:
        expected, near = ", ".join(zoo_names()), did_you_mean(name, zoo_names())
        raise ConfigError(f"zoo: expected one of {expected}. Received: {name!r}.{near}")
    return load_run(found[-1].path)


def headlines(metrics: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """The ``(part, task, metric)`` that a table shows of a run's metrics."""
    found = []
    for part, scored in metrics.items():
        names = [name for name in HEADLINES.get(scored["task"], ()) if name in scored["metrics"]]
        found += [(part, scored["task"], name) for name in names[:3] or list(scored["metrics"])[:1]]
    return found


def zoo_page() -> str:
    """The measurements as Markdown."""
    lines = [
        "# The zoo",
        "",
        "What each shipped recipe reaches on its test rows: the mean over the seeds ± the standard deviation, and in",
        "brackets the best of the baselines that every run scores beside the network, on the same rows. A seed draws",
        "the split as well, but where a recipe's data have a fixed one. Everything was chosen on validation rows.",
        "`CPU s` is the processor time of one run, from the first row to the last plot.",
        "",
        f"`nn.load_zoo(name)` gives a trained run at once, offline, of: {', '.join(f'`{n}`' for n in zoo_names())}.",
        "",
        "| recipe | what | data | rows | parameters | test (best baseline) | seeds | CPU s |",
        "|---|---|---|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *map(_row, measured()), "", "Measured by `python benchmarks/recipes.py --store`.", ""])


def figure_text(figure: Figure) -> str:
    """A figure in words.

    Example:
        >>> figure_text(Figure("price", "regression", "r2", 0.912, 0.004, {"linear": 0.85, "mean": 0.0}))
        'price r2 .912 ± .004 (linear .850)'
    """
    value = _number(figure.mean) + ("" if figure.sd is None else f" ± {_number(figure.sd, figure.mean)}")
    best = figure.best_baseline
    return f"{figure.part} {figure.metric} {value}" + (f" ({best[0]} {_number(best[1], figure.mean)})" if best else "")


def best_first(figures: Sequence[Figure]) -> list[Figure]:
    """The figures that a short table shows: the first of each part."""
    parts: dict[str, Figure] = {}
    for figure in figures:
        parts.setdefault(figure.part, figure)
    return list(parts.values())


def _row(entry: Entry) -> str:
    figures = "<br>".join(figure_text(figure) for figure in entry.figures)
    return (f"| `{entry.recipe}` | {entry.summary} | {entry.data} | {entry.rows:,} | {entry.parameters:,} | {figures} "
            f"| {entry.seeds} | {entry.cpu_seconds:.0f} |")  # fmt: skip


def _number(value: float, beside: float | None = None) -> str:
    """Three digits behind the point of what is about 1, none of what is large; a spread as the value that it is of."""
    size = abs(value if beside is None else beside)
    if size >= 1000:
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:.1f}"
    digits = 3 if size >= 0.05 else 5
    return f"{value:.{digits}f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.{digits}f}"

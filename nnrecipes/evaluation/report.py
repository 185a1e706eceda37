"""The test rows, once: scores of the network beside those of the baselines, one verdict a target, and the plots."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnrecipes.data.spec import Array, TargetSpec
from nnrecipes.evaluation.baselines import fit_baselines
from nnrecipes.evaluation.compare import compare
from nnrecipes.evaluation.score import score_target

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure

Inputs = Mapping[str, Array]
Truth = Mapping[str, Array]


@dataclass(frozen=True)
class Rows:
    """One set of rows as baselines take them: the network's own inputs, and the truth in the targets' own units."""

    x: Inputs
    truth: Truth


def score_targets(
    targets: Sequence[TargetSpec],
    prediction: Mapping[str, Array],
    train: Rows,
    validation: Rows,
    test: Rows,
    *,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
    baselines: bool = True,
) -> dict[str, Any]:
    """Score the test rows.

    Args:
        targets: The targets.
        prediction: Target -> the network's prediction of the test rows, decoded.
        train: The training rows, on which baselines are fitted.
        validation: The validation rows, on which the linear model's strength is chosen.
        test: The test rows.
        confidence: Of the intervals.
        resamples: Bootstrap resamples.
        seed: The run's seed.
        baselines: Whether to fit them.

    Returns:
        Target -> its scores, with ``baselines`` (name -> metric -> value), ``against_linear`` and ``verdict``.
    """
    found = {}
    for target in targets:
        name = target.name
        settings: dict[str, Any] = {"confidence": confidence, "resamples": resamples, "seed": seed}
        scored = score_target(target, test.truth[name], prediction[name], **settings)
        if baselines:
            others = fit_baselines(target, train.x, train.truth[name], validation.x, validation.truth[name], test.x)
            scored["baselines"] = {label: _values(target, test.truth[name], other) for label, other in others.items()}
            scored["against_linear"] = compare(target, test.truth[name], prediction[name], others["linear"], **settings)
            scored["verdict"] = f"{name}: {scored['against_linear'].pop('verdict')}"
        found[name] = scored
    return found


def _values(target: TargetSpec, truth: Array, prediction: Array) -> dict[str, float | None]:
    metrics = score_target(target, truth, prediction, resamples=0)["metrics"]
    return {name: entry["value"] for name, entry in metrics.items()}


def run_figures(
    model: "keras.Model",
    history: Mapping[str, Sequence[float]],
    targets: Sequence[TargetSpec],
    scores: Mapping[str, Any],
    truth: Truth,
    prediction: Mapping[str, Array],
    *,
    monitor: str = "val_loss",
    best_epoch: int | None = None,
) -> dict[str, "Figure"]:
    """Return file name -> figure: curves, weights, the network's graph, and one or more a target."""
    from nnrecipes.evaluation.plots.confusion import plot_confusion
    from nnrecipes.evaluation.plots.graph import plot_graph
    from nnrecipes.evaluation.plots.history import plot_history
    from nnrecipes.evaluation.plots.regression import plot_regression
    from nnrecipes.evaluation.plots.weights import plot_weights

    figures = {
        "history.png": plot_history(history, monitor=monitor, best_epoch=best_epoch),
        "weights.png": plot_weights(model),
        "model.png": plot_graph(model),
    }
    for target in targets:
        file = "".join(c if c.isalnum() or c in "-_." else "_" for c in target.name)
        if target.task == "regression":
            figure = plot_regression(truth[target.name], prediction[target.name], target=target.name)
            figures[f"predicted_{file}.png"] = figure
        elif scores[target.name].get("confusion"):
            title = f"{target.name}: test rows"
            figure = plot_confusion(scores[target.name]["confusion"], target.classes, title=title)
            figures[f"confusion_{file}.png"] = figure
    return figures


def write_figures(figures: Mapping[str, "Figure"], folder: Path) -> None:
    """Write every figure as a PNG file."""
    folder.mkdir(exist_ok=True)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # class names in scripts that the font lacks
        for name, figure in figures.items():
            figure.savefig(folder / name, dpi=120)

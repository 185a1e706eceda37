"""The test rows, once: scores of the network beside those of the baselines, one verdict a target, and the plots."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnrecipes.data.spec import Array, InputSpec, TargetSpec
from nnrecipes.evaluation.baselines import fit_baselines
from nnrecipes.evaluation.compare import compare
from nnrecipes.evaluation.decision import Decision, fit_decision, score_decided
from nnrecipes.evaluation.identity_baselines import identity_baselines
from nnrecipes.evaluation.identity_report import score_identities
from nnrecipes.evaluation.quantiles import point_of

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure

Inputs = Mapping[str, Array]
Truth = Mapping[str, Array]


@dataclass(frozen=True)
class Rows:
    """One set of rows as baselines take them: the network's own inputs, and the truth in the targets' own units.

    ``prediction`` is the network's own, where a threshold needs it.
    """

    x: Inputs
    truth: Truth
    inputs: Sequence[InputSpec] = ()
    prediction: Mapping[str, Array] = field(default_factory=dict)


def score_targets(
    targets: Sequence[TargetSpec],
    prediction: Mapping[str, Array],
    train: Rows,
    validation: Rows | None,
    test: Rows,
    *,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
    baselines: bool = True,
    decisions: Mapping[str, Decision] | None = None,
    choices: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Score the test rows.

    Args:
        targets: The targets.
        prediction: Target -> the network's prediction of the test rows, decoded and not yet calibrated.
        train: The training rows, on which baselines are fitted.
        validation: The validation rows, on which the linear model's strength is chosen; None takes a middling one.
        test: The test rows.
        confidence: Of the intervals.
        resamples: Bootstrap resamples.
        seed: The run's seed.
        baselines: Whether to fit them.
        decisions: Target -> its calibration and threshold, fitted on the network's validation rows.
        choices: Target -> the keywords of ``fit_decision``, by which baselines get a decision of their own.

    Returns:
        Target -> its scores, with ``baselines`` (name -> metric -> value), ``against_linear`` and ``verdict``.
    """
    found = {}
    settings: dict[str, Any] = {"confidence": confidence, "resamples": resamples, "seed": seed}
    for target in targets:
        name = target.name
        if target.task == "identity":
            found[name] = _identities(target, prediction[name], train, validation, test, baselines, settings)
            continue
        decision = (decisions or {}).get(name, Decision())
        scored = score_decided(target, test.truth[name], prediction[name], decision, **settings)
        if baselines:
            others = _baselines(target, train, validation, test, (choices or {}).get(name, {}))
            scored["baselines"] = {label: values for label, (values, _) in others.items()}
            decided, (_, straight) = decision.apply(target, prediction[name]), others["linear"]
            scored["against_linear"] = compare(target, test.truth[name], decided, straight, **settings)
            scored["verdict"] = f"{name}: {scored['against_linear'].pop('verdict')}"
        found[name] = scored
    return found


def _identities(
    target: TargetSpec,
    vectors: Array,
    train: Rows,
    validation: Rows | None,
    test: Rows,
    baselines: bool,
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    """The scores of vectors; ``validation`` may hold the network's own vectors, for a threshold."""
    name, others = target.name, {}
    truth = None if validation is None else validation.truth[name]
    if baselines:
        others = identity_baselines(train.x, train.truth[name], None if validation is None else validation.x, truth,
                                    test.x, inputs=train.inputs)  # fmt: skip
    known = None if validation is None else validation.prediction.get(name)
    checked = None if truth is None or known is None else (truth, known)
    return score_identities(target, test.truth[name], vectors, others, validation=checked, **settings)


def _baselines(
    target: TargetSpec, train: Rows, validation: Rows | None, test: Rows, choice: Mapping[str, Any]
) -> dict[str, tuple[dict[str, float | None], Array]]:
    """Baseline -> its metrics and predictions of the test rows, calibrated and decided as the network's are."""
    name = target.name
    if validation is None:
        fitted = fit_baselines(target, train.x, train.truth[name], None, None, test.x, inputs=train.inputs)
        return {label: (_plain(target, test.truth[name], predicted), predicted) for label, predicted in fitted.items()}
    rows = len(validation.truth[name])
    both = {key: np.concatenate([validation.x[key], test.x[key]]) for key in test.x}
    fitted = fit_baselines(target, train.x, train.truth[name], validation.x, validation.truth[name], both,
                           inputs=train.inputs)  # fmt: skip
    found = {}
    for label, predicted in fitted.items():
        decision = fit_decision(target, validation.truth[name], predicted[:rows], **choice)
        values = _plain(target, test.truth[name], predicted[rows:], decision)
        found[label] = (values, decision.apply(target, predicted[rows:]))
    return found


def _plain(
    target: TargetSpec, truth: Array, predicted: Array, decision: Decision | None = None
) -> dict[str, float | None]:
    scored = score_decided(target, truth, predicted, decision or Decision(), resamples=0)
    return {metric: entry["value"] for metric, entry in scored["metrics"].items()}


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
    decisions: Mapping[str, Decision] | None = None,
) -> dict[str, "Figure"]:
    """Return file name -> figure: curves, weights, the network's graph, and one or more a target.

    ``prediction`` is not yet calibrated; ``decisions`` are each target's calibration and threshold.
    """
    from nnrecipes.evaluation.plots.calibration import plot_calibration
    from nnrecipes.evaluation.plots.confusion import plot_confusion
    from nnrecipes.evaluation.plots.graph import plot_graph
    from nnrecipes.evaluation.plots.history import plot_history
    from nnrecipes.evaluation.plots.regression import plot_regression
    from nnrecipes.evaluation.plots.similarities import plot_similarities
    from nnrecipes.evaluation.plots.weights import plot_weights

    figures = {
        "history.png": plot_history(history, monitor=monitor, best_epoch=best_epoch),
        "weights.png": plot_weights(model),
        "model.png": plot_graph(model),
    }
    for target in targets:
        file = file_name(target.name)
        if target.task == "identity":
            title = f"{target.name}: pairs of test rows"
            drawn = plot_similarities(truth[target.name], prediction[target.name], title=title)
            figures[f"similarities_{file}.png"] = drawn
            continue
        if target.task == "regression":
            points = point_of(target, prediction[target.name])
            figure = plot_regression(truth[target.name], points, target=target.name)
            figures[f"predicted_{file}.png"] = figure
            continue
        if scores[target.name].get("confusion"):
            figure = plot_confusion(scores[target.name]["confusion"], target.classes, title=f"{target.name}: test rows")
            figures[f"confusion_{file}.png"] = figure
        if "calibration" in scores[target.name]:
            decision = (decisions or {}).get(target.name, Decision())
            figure = plot_calibration(target, truth[target.name], prediction[target.name], decision)
            figures[f"calibration_{file}.png"] = figure
    return figures


def file_name(name: str) -> str:
    """Return a name as a file can have it.

    Example:
        >>> file_name("Reached on/time")
        'Reached_on_time'
    """
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in name)


def write_figures(figures: Mapping[str, "Figure"], folder: Path, plot_format: str = "png") -> None:
    """Write every figure, aside and renamed, as ``png``, ``svg`` or ``both``."""
    import matplotlib

    folder.mkdir(exist_ok=True)
    suffixes = (".png", ".svg") if plot_format == "both" else (f".{plot_format}",)
    with warnings.catch_warnings(), matplotlib.rc_context({"svg.hashsalt": "nnrecipes"}):  # the same ids every time
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # class names in scripts that the font lacks
        for name, figure in figures.items():
            for suffix in suffixes:
                aside = folder / f".{Path(name).stem}{suffix}"
                try:
                    figure.savefig(aside, dpi=120, metadata={"Date": None} if suffix == ".svg" else None)
                    aside.replace(folder / aside.name.removeprefix("."))
                finally:
                    aside.unlink(missing_ok=True)

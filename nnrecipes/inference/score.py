"""A trained network and the test rows -> metrics, predictions, advice and plots in the run folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.data.build import Dataset
from nnrecipes.data.spec import Array, Arrays
from nnrecipes.evaluation.advice import advise
from nnrecipes.evaluation.decision import Decision
from nnrecipes.evaluation.report import Rows, run_figures, score_targets, write_figures
from nnrecipes.inference.decide import choice, fit_decisions, is_fitted, read_decisions
from nnrecipes.inference.gallery import gallery_of, write_gallery
from nnrecipes.inference.importance import column_importance
from nnrecipes.inference.predictions import prediction_frame
from nnrecipes.preprocessing.build import Prepared
from nnrecipes.runs.files import write_json, write_text
from nnrecipes.runs.layout import RunFolder
from nnrecipes.training.predict import predict_arrays

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def score_run(
    model: keras.Model,
    config: RecipeConfig,
    dataset: Dataset,
    prepared: Prepared,
    history: Mapping[str, list[float]],
    folder: RunFolder,
) -> None:
    """Fit decisions on the validation rows, predict the test rows, once; write what follows.

    Args:
        model: The trained network.
        config: The recipe, with every default of its targets.
        dataset: Its rows.
        prepared: The fitted preprocessor and the arrays of each split.
        history: Name -> value an epoch.
        folder: The run's folder.
    """
    preprocessor, split, settings = prepared.preprocessor, dataset.split, config.evaluation
    targets = preprocessor.spec.targets
    truth = {
        name: preprocessor.truth(dataset.frame.loc[getattr(split, name)]) for name in ("train", "validation", "test")
    }
    fitted = any(is_fitted(target) for target in config.targets.values())
    if fitted and config.refit_of:
        decisions = read_decisions(RunFolder(Path(config.refit_of)), config)
    else:
        checked = _decoded(model, prepared, prepared.validation) if fitted else {}
        decisions = fit_decisions(config, targets, truth["validation"], checked)
    if fitted:
        write_json(folder.decision, {name: decision.to_dict() for name, decision in decisions.items()})
    found = _write_gallery(model, dataset, prepared, folder) if targets[0].task == "identity" else {}
    if not len(prepared.test):
        _write_unscored(model, config, history, folder)
        return
    predicted = _decoded(model, prepared, prepared.test)
    scores = score_targets(
        targets,
        predicted,
        Rows(prepared.train.x, truth["train"], preprocessor.spec.inputs),
        Rows(prepared.validation.x, truth["validation"], prediction=found) if len(prepared.validation) else None,
        Rows(prepared.test.x, truth["test"]),
        confidence=settings.confidence,
        resamples=settings.bootstrap,
        seed=config.seed,
        baselines=settings.baselines,
        decisions=decisions,
        choices={name: choice(target) for name, target in config.targets.items()},
    )
    write_json(folder.metrics, scores)
    write_json(folder.advice, [item.to_dict() for item in advise(history, scores, config)])
    _write_predictions(config, dataset, prepared, predicted, decisions, folder)
    figures: dict[str, Figure] = {}
    if settings.importance and len(prepared.validation):
        figures |= _importance(model, config, dataset, prepared, truth["validation"], decisions, folder)
    if settings.plots:
        callbacks = config.training.callbacks
        figures |= run_figures(model, history, targets, scores, truth["test"], predicted, decisions=decisions,
                               monitor=callbacks.monitor, best_epoch=_best(config, history))  # fmt: skip
        write_figures(figures, folder.plots, settings.plot_format)


def _write_unscored(
    model: keras.Model, config: RecipeConfig, history: Mapping[str, list[float]], folder: RunFolder
) -> None:
    """Of a network that was fitted on all rows: no scores, and the figures that need no test rows."""
    write_json(folder.metrics, {})
    write_json(folder.advice, [])
    if config.evaluation.plots:
        monitor, best = config.training.callbacks.monitor, _best(config, history)
        figures = run_figures(model, history, (), {}, {}, {}, monitor=monitor, best_epoch=best)
        write_figures(figures, folder.plots, config.evaluation.plot_format)


def _write_gallery(model: keras.Model, dataset: Dataset, prepared: Prepared, folder: RunFolder) -> dict[str, Array]:
    """Keep the vectors of all rows, to search in; return those of the validation rows by target."""
    name = prepared.preprocessor.spec.targets[0].name
    sets = {part: getattr(prepared, part) for part in ("train", "validation", "test")}
    vectors = {part: _decoded(model, prepared, rows)[name] for part, rows in sets.items() if len(rows)}
    rows = {part: arrays.rows for part, arrays in sets.items()}
    write_gallery(folder.gallery, gallery_of(vectors, rows, dataset.frame[name]))
    return {name: vectors["validation"]} if "validation" in vectors else {}


def _decoded(model: keras.Model, prepared: Prepared, rows: Arrays) -> dict[str, Array]:
    names = [target.output for target in prepared.preprocessor.spec.targets]
    return prepared.preprocessor.decode(predict_arrays(model, rows.x, outputs=names))


def _best(config: RecipeConfig, history: Mapping[str, list[float]]) -> int | None:
    callbacks = config.training.callbacks
    watched = history.get(callbacks.monitor)
    if not watched:
        return None
    return (min if callbacks.mode == "min" else max)(range(len(watched)), key=watched.__getitem__) + 1


def _write_predictions(
    config: RecipeConfig,
    dataset: Dataset,
    prepared: Prepared,
    predicted: Mapping[str, Array],
    decisions: Mapping[str, Decision],
    folder: RunFolder,
) -> None:
    spec = prepared.preprocessor.spec
    answers = prediction_frame(
        spec,
        {target.name: decisions[target.name].apply(target, predicted[target.name]) for target in spec.targets},
        {name: decision.threshold.value for name, decision in decisions.items()},
    ).add_prefix("predicted_")
    columns = [column for name, target in config.targets.items() for column in (target.columns or (name,))]
    true = dataset.frame.loc[dataset.split.test, columns].reset_index(names="row_id")
    write_text(folder.predictions, true.join(answers).to_csv(index=False))


def _importance(
    model: keras.Model,
    config: RecipeConfig,
    dataset: Dataset,
    prepared: Prepared,
    truth: Mapping[str, Array],
    decisions: Mapping[str, Decision],
    folder: RunFolder,
) -> dict[str, "Figure"]:
    """Permute the columns of the validation rows, so that the test rows stay touched once."""
    from nnrecipes.evaluation.plots.importance import plot_importance
    from nnrecipes.evaluation.report import file_name

    frame = dataset.frame.loc[dataset.split.validation]
    found: dict[str, Any] = column_importance(model, prepared.preprocessor, decisions, frame, truth, seed=config.seed)
    write_json(folder.importance, found)
    return {f"importance_{file_name(name)}.png": plot_importance(table, target=name) for name, table in found.items()}

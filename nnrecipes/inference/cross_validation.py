"""A recipe and its rows -> k networks, each scored on a fold that it never saw, with mean and spread.

The test rows of the recipe stay untouched: they are for the network that is trained in the end. Every other row is
scored exactly once. Preprocessing, calibration, thresholds and baselines are fitted in each fold anew.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from nnrecipes.config.model import ModelConfig, MultimodalConfig
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.data.build import Dataset
from nnrecipes.data.folds import fold_splits, kinds_of, pool
from nnrecipes.data.spec import Array, Arrays, DataSpec
from nnrecipes.data.splits import RowSplit
from nnrecipes.evaluation.report import Rows, score_targets
from nnrecipes.inference.decide import choice, fit_decisions, is_fitted
from nnrecipes.models.build import build_model, of_input
from nnrecipes.preprocessing.build import Prepared, fit_preprocessor
from nnrecipes.training.build import compile_for
from nnrecipes.training.ensemble import joined, member_seed, parts_of
from nnrecipes.training.predict import predict_arrays
from nnrecipes.training.several import Job, train_several
from nnrecipes.training.whiten import fit_whitening

Say = Callable[[str], None]


def cross_validated(
    config: RecipeConfig, dataset: Dataset, folds: int, *, data: Any = None, say: Say | None = None
) -> dict[str, Any]:
    """Train and score a network a fold.

    Args:
        config: The recipe, with every default.
        dataset: Its checked rows.
        folds: How many.
        data: The rows from Python, where they were given so.
        say: Called with lines.

    Returns:
        ``folds``, ``rows`` (scored), ``test_rows`` (untouched), ``epochs`` of each fold, and ``targets``: name ->
        ``metrics`` and ``baselines``, in which each metric has ``mean``, ``sd`` (over folds, n - 1) and ``folds``, and
        ``verdict``.

    Raises:
        DataError: The rows do not allow for so many folds.
    """
    splits = fold_sets(config, dataset, folds, data=data)
    sets = [replace(dataset, split=split) for split in splits]
    prepared = [fit_preprocessor(config, each) for each in sets]
    models, epochs = _networks(config, prepared, say)
    found = [_scored(config, *given) for given in zip(models, sets, prepared, strict=True)]
    return {
        "folds": folds,
        "rows": len(pool(dataset)),
        "test_rows": len(dataset.split.test),
        "epochs": epochs,
        "targets": {name: _summary(name, [scores[name] for scores in found]) for name in found[0]},
    }


def fold_sets(config: RecipeConfig, dataset: Dataset, folds: int, *, data: Any = None) -> list[RowSplit]:
    """Return the rows of each fold's network; the arguments are those of :func:`cross_validated`."""
    return fold_splits(config.data.split, rows=pool(dataset), kinds=kinds_of(config, dataset, data), folds=folds,
                       validation=_share(config, dataset), seed=config.seed)  # fmt: skip


def _share(config: RecipeConfig, dataset: Dataset) -> float:
    """The recipe's share of validation rows, or what it came to."""
    given = getattr(config.data.split, "validation", None)
    found: float = given if given is not None else len(dataset.split.validation) / len(pool(dataset))
    return found


def _networks(config: RecipeConfig, prepared: Sequence[Prepared], say: Say | None) -> tuple[list[Any], list[int]]:
    """Train the networks of all folds, and of each the members of its ensemble; return one network a fold."""
    quiet = config.training.callbacks.model_copy(update={"checkpoint": None, "tensorboard": None})
    config = config.model_copy(update={"training": config.training.model_copy(update={"callbacks": quiet})})
    jobs: list[Job] = []
    models: list[keras.Model] = []
    members = config.training.ensemble
    for place, fold in enumerate(prepared):
        seed = member_seed(config.seed, place)
        for member, (rows, held_out) in enumerate(parts_of(config, fold.train, fold.validation)):
            jobs.append(Job(member_seed(seed, member), rows, held_out))
            asked: tuple[ModelConfig, DataSpec] = config.model, fold.preprocessor.spec
            apart = config.training.ensemble_of == "inputs"
            if apart and isinstance(config.model, MultimodalConfig) and isinstance(rows, Arrays):
                asked = of_input(config.model, fold.preprocessor.spec, next(iter(rows.x)))
            models.append(compile_for(build_model(*asked, jobs[-1].seed), config))
    trained = train_several(config, models, jobs, say=say)
    for model, job in zip(models, jobs, strict=True):
        fit_whitening(model, job.train)
    lengths = [len(next(iter(left.history.values()), ())) for left in trained]
    if members == 1:
        return models, lengths
    grouped = [models[start : start + members] for start in range(0, len(models), members)]
    return [joined(config, group) for group in grouped], lengths


def _scored(config: RecipeConfig, model: keras.Model, dataset: Dataset, prepared: Prepared) -> dict[str, Any]:
    """Scores of one fold: as those of a run's test rows, without intervals."""
    preprocessor, split = prepared.preprocessor, dataset.split
    targets = preprocessor.spec.targets
    truth = {
        name: preprocessor.truth(dataset.frame.loc[getattr(split, name)]) for name in ("train", "validation", "test")
    }
    fitted = any(is_fitted(target) for target in config.targets.values()) or targets[0].task == "identity"
    checked = _decoded(model, prepared, prepared.validation) if fitted else {}
    decisions = fit_decisions(config, targets, truth["validation"], checked)
    return score_targets(
        targets,
        _decoded(model, prepared, prepared.test),
        Rows(prepared.train.x, truth["train"], preprocessor.spec.inputs),
        Rows(prepared.validation.x, truth["validation"], prediction=checked) if len(prepared.validation) else None,
        Rows(prepared.test.x, truth["test"]),
        resamples=100,
        seed=config.seed,
        baselines=config.evaluation.baselines,
        decisions=decisions,
        choices={name: choice(target) for name, target in config.targets.items()},
    )


def _decoded(model: keras.Model, prepared: Prepared, rows: Arrays) -> dict[str, Array]:
    names = [target.output for target in prepared.preprocessor.spec.targets]
    return prepared.preprocessor.decode(predict_arrays(model, rows.x, outputs=names))


def _summary(name: str, folds: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Mean and spread over the folds, of the network and of each baseline."""
    plain = [{metric: entry["value"] for metric, entry in fold["metrics"].items()} for fold in folds]
    found: dict[str, Any] = {"metrics": _spread(plain)}
    if "baselines" in folds[0]:
        found["baselines"] = {
            label: _spread([fold["baselines"][label] for fold in folds]) for label in folds[0]["baselines"]
        }
        found["verdict"] = _verdict(name, folds)
    return found


def _spread(folds: Sequence[Mapping[str, float | None]]) -> dict[str, dict[str, Any]]:
    found = {}
    for metric in folds[0]:
        values = [fold.get(metric) for fold in folds]
        known = [value for value in values if value is not None]
        mean = float(np.mean(known)) if known else None
        sd = float(np.std(known, ddof=1)) if len(known) > 1 else None
        found[metric] = {"mean": mean, "sd": sd, "folds": values}
    return found


def _verdict(name: str, folds: Sequence[Mapping[str, Any]]) -> str:
    """In how many folds the network is better than the linear model, by the metric that runs compare by."""
    pairs = [fold["against_linear"] for fold in folds if fold.get("against_linear")]
    known = [pair for pair in pairs if pair.get("network") is not None and pair.get("linear") is not None]
    if not known:
        return f"{name}: no comparison with a linear model."
    metric, better = known[0]["metric"], sum(pair["network"] < pair["linear"] for pair in known)
    network, linear = (float(np.mean([pair[which] for pair in known])) for which in ("network", "linear"))
    return (f"{name}: the network is better than the linear model in {better} of {len(known)} folds: "
            f"{metric} {network:.4g} against {linear:.4g}.")  # fmt: skip

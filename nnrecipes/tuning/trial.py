"""A recipe with a trial's values -> how good its network is on validation rows; test rows are not even in memory.

Rows are read once, and preprocessed once for all trials that agree in what preprocessing depends on.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nnrecipes.config.consistency import check_outputs, fill
from nnrecipes.config.load import Recipe, for_rows, load_config, resolved
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.data.build import Dataset, load_data
from nnrecipes.data.spec import derive_seed
from nnrecipes.data.splits import RowSplit
from nnrecipes.data.stream_size import need_memory
from nnrecipes.preprocessing.build import Prepared, fit_preprocessor

if TYPE_CHECKING:
    pass

SECTIONS = ("seed", "data", "targets", "inputs", "preprocessing")
"""What the rows and arrays of a trial depend on, beside the kind of its model."""
KEPT = 4
"""Sets of arrays that stay in memory."""
History = dict[str, list[float]]


@dataclass(frozen=True)
class Outcome:
    """What a trial came to.

    Args:
        values: Of each objective, in the epoch whose weights the network keeps.
        epochs: Trained, the mean over folds.
        pruned: Whether it was stopped as worse than others.
    """

    values: tuple[float, ...]
    epochs: float
    pruned: bool = False


class Trials:
    """Trains trials of one recipe.

    Args:
        recipe: The recipe.
        overrides: Those that all trials share.
        data: Rows from Python where the source is ``arrays``.
        objectives: Names that an epoch logs, the first one first.
    """

    def __init__(self, recipe: Recipe, overrides: Mapping[str, Any], data: Any, objectives: Sequence[str]) -> None:
        self.recipe, self.overrides, self.data, self.objectives = recipe, dict(overrides), data, tuple(objectives)
        self._datasets: OrderedDict[str, Dataset] = OrderedDict()
        self._prepared: OrderedDict[str, list[Prepared]] = OrderedDict()

    def run(
        self,
        values: Mapping[str, Any],
        *,
        folds: int | None = None,
        redraw: int | None = None,
        report: Callable[[int, float], bool] | None = None,
    ) -> Outcome:
        """Train with these values and score on validation rows.

        Args:
            values: Dotted key -> value.
            folds: Parts of training and validation rows, each of which validates once; None takes the recipe's split.
            redraw: Of another division of training and validation rows, its number.
            report: Called with the epoch and the first objective after each epoch; True stops the training.
        """
        config, prepared = self.prepare(values, folds=folds, redraw=redraw)
        outcomes = [self._train(config, each, report) for each in prepared]
        means = tuple(float(np.mean(column)) for column in zip(*(found.values for found in outcomes), strict=True))
        return Outcome(means, float(np.mean([found.epochs for found in outcomes])), any(o.pruned for o in outcomes))

    def prepare(
        self, values: Mapping[str, Any], *, folds: int | None = None, redraw: int | None = None
    ) -> tuple[RecipeConfig, list[Prepared]]:
        """Return the trial's recipe and its arrays, those of each fold.

        Args:
            values: Dotted key -> value.
            folds: As :meth:`run` takes it.
            redraw: Of another division of training and validation rows, its number.
        """
        loaded = load_config(self.recipe, {**self.overrides, **values})
        dataset = self._dataset(loaded.config)
        loaded.fail(check_outputs(loaded.config, dataset.tasks))
        splits = _splits(dataset, loaded.config.seed, folds, redraw)
        config = fill(for_rows(loaded, len(splits[0].train)), dataset.tasks)
        key = _key(config, SECTIONS, config.model.kind, folds, redraw)
        if key not in self._prepared:
            self._prepared[key] = [fit_preprocessor(config, replace(dataset, split=split)) for split in splits]
            _forget(self._prepared)
        return config, self._prepared[key]

    def _dataset(self, config: RecipeConfig) -> Dataset:
        key = _key(config, SECTIONS, config.model.kind)
        if key not in self._datasets:
            need_memory(config, self.data, "search")
            self._datasets[key] = without_test_rows(load_data(config, self.data))
            _forget(self._datasets)
        return self._datasets[key]

    def _train(self, config: RecipeConfig, prepared: Prepared, report: Callable[[int, float], bool] | None) -> Outcome:
        from nnrecipes.training.startup import start_tensorflow

        start_tensorflow()
        from nnrecipes.models.build import build_model
        from nnrecipes.training.build import compile_for, train_for
        from nnrecipes.tuning.pruning import Pruning

        quiet = config.training.callbacks.model_copy(update={"progress": False, "checkpoint": None})
        config = config.model_copy(update={"training": config.training.model_copy(update={"callbacks": quiet})})
        model = compile_for(build_model(config.model, prepared.preprocessor.spec, config.seed), config)
        pruning = None if report is None else Pruning(self.objectives[0], report)
        trained = train_for(model, config, prepared.train, prepared.validation, callbacks=[pruning] if pruning else [])
        history = trained.history
        epochs = len(history["loss"])
        best = best_epoch(config, history)
        values = tuple(history[name][best] for name in self.objectives)
        return Outcome(values, epochs, pruned=pruning is not None and pruning.pruned)


def best_epoch(config: RecipeConfig, history: History) -> int:
    """The epoch, from 0, whose weights the network keeps: the best one where they are restored, else the last."""
    callbacks = config.training.callbacks
    values = np.array(history[callbacks.monitor])
    restored = callbacks.early_stopping is not None and callbacks.early_stopping.restore_best_weights
    if not restored or not np.isfinite(values).any():
        return len(values) - 1
    signed = np.where(np.isfinite(values), values if callbacks.mode != "max" else -values, np.inf)
    return int(signed.argmin())


def without_test_rows(dataset: Dataset) -> Dataset:
    """The same rows, less those of the test set."""
    split = dataset.split
    kept = np.sort(np.concatenate([split.train, split.validation]))
    return replace(dataset, frame=dataset.frame.loc[pd.Index(kept)],
                   split=RowSplit(split.train, split.validation, split.test[:0]))  # fmt: skip


def _splits(dataset: Dataset, seed: int, folds: int | None, redraw: int | None) -> list[RowSplit]:
    split = dataset.split
    if folds is None and redraw is None:
        return [split]
    pool = np.sort(np.concatenate([split.train, split.validation]))
    order = np.random.default_rng(derive_seed(seed, "tuning folds" if folds else "fresh validation", redraw or 0))
    shuffled = order.permutation(pool)
    parts = np.array_split(shuffled, folds) if folds else [shuffled[: len(split.validation)]]
    return [RowSplit(np.setdiff1d(pool, part), np.sort(part), split.test) for part in parts]


def _key(config: RecipeConfig, sections: Sequence[str], *rest: Any) -> str:
    values = resolved(config)
    return json.dumps([[values[name] for name in sections], *rest], sort_keys=True)


def _forget(kept: OrderedDict[str, Any]) -> None:
    while len(kept) > KEPT:
        kept.popitem(last=False)

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
from nnrecipes.config.load import Recipe, for_rows, load_config, read, resolved
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.data.build import Dataset, load_data
from nnrecipes.data.folds import kinds_of, pool, validation_anew, validation_folds
from nnrecipes.data.splits import RowSplit
from nnrecipes.data.stream_size import need_memory
from nnrecipes.preprocessing.build import Prepared, fit_preprocessor
from nnrecipes.training.startup import start_tensorflow

if TYPE_CHECKING:
    from nnrecipes.tuning.networks import Networks
    from nnrecipes.tuning.pruning import Pruning

SECTIONS = ("seed", "data", "targets", "inputs", "preprocessing")
"""What the rows and arrays of a trial depend on, beside the kind of its model."""
KEPT = 4
"""Sets of arrays that stay in memory."""
MARGIN = 1.25
"""How many times as fast trials have to be side by side: the next ones are drawn before these have ended."""
History = dict[str, list[float]]
Report = Callable[[int, float], bool]


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
        alike: How many trainings of one architecture there may be, which share what XLA compiles.
    """

    def __init__(
        self, recipe: Recipe, overrides: Mapping[str, Any], data: Any, objectives: Sequence[str], alike: int = 1
    ) -> None:
        self.raw, self.data, self.objectives, self.alike = read(recipe, overrides), data, tuple(objectives), alike
        self._datasets: OrderedDict[str, Dataset] = OrderedDict()
        self._divisions: OrderedDict[str, list[RowSplit]] = OrderedDict()
        self._prepared: OrderedDict[str, list[Prepared]] = OrderedDict()
        self._networks: Networks | None = None

    def run(
        self,
        values: Mapping[str, Any],
        *,
        folds: int | None = None,
        redraw: int | None = None,
        report: Report | None = None,
        alike: int | None = None,
    ) -> Outcome:
        """Train with these values and score on validation rows.

        Args:
            values: Dotted key -> value.
            folds: Parts of training and validation rows, each of which validates once; None takes the recipe's split.
            redraw: Of another division of training and validation rows, its number.
            report: Called with the epoch and the first objective after each epoch; True stops the training.
            alike: As :meth:`run_all` takes it.
        """
        return self.run_all([values], folds=folds, redraw=redraw, reports=[report], alike=alike)[0]

    def run_all(
        self,
        tried: Sequence[Mapping[str, Any]],
        *,
        folds: int | None = None,
        redraw: int | None = None,
        reports: Sequence[Report | None] = (),
        alike: int | None = None,
    ) -> list[Outcome]:
        """Do the same for several trials; those of one architecture train side by side where that is faster.

        Args:
            tried: Of each trial, dotted key -> value.
            folds: As :meth:`run` takes it.
            redraw: As :meth:`run` takes it.
            reports: One a trial.
            alike: In place of that of the search.
        """
        start_tensorflow()
        from nnrecipes.tuning.pruning import Pruning

        parts: list[Part] = []
        for trial, (values, report) in enumerate(zip(tried, reports or [None] * len(tried), strict=True)):
            config, prepared = self.prepare(values, folds=folds, redraw=redraw)
            for each in prepared:
                pruning = None if report is None else Pruning(self.objectives[0], report)
                parts.append(Part(trial, quiet(config), each, pruning))
        outcomes = self._train(parts, self.alike if alike is None else alike)
        return [_mean([found for part, found in zip(parts, outcomes, strict=True) if part.trial == trial])
                for trial in range(len(tried))]  # fmt: skip

    def gain_side_by_side(self, values: Mapping[str, Any], count: int) -> bool:
        """Whether so many trials of the architecture of these values are faster side by side than in turns."""
        start_tensorflow()
        from nnrecipes.training.several import Job, side_by_side

        config, (prepared,) = self.prepare(values)
        config, networks = quiet(config), self._pool()
        network = networks.take(config, prepared)
        job = Job(config.seed, prepared.train, prepared.validation)
        choice, gains = side_by_side(config, [network.model] * count, [job] * count, self.alike, MARGIN)
        networks.give_back(network, choice.kind)
        return gains

    def prepare(
        self, values: Mapping[str, Any], *, folds: int | None = None, redraw: int | None = None
    ) -> tuple[RecipeConfig, list[Prepared]]:
        """Return the trial's recipe and its arrays, those of each fold.

        Args:
            values: Dotted key -> value.
            folds: As :meth:`run` takes it.
            redraw: Of another division of training and validation rows, its number.
        """
        loaded = load_config(self.raw, dict(values))
        dataset = self._dataset(loaded.config)
        loaded.fail(check_outputs(loaded.config, dataset.tasks))
        splits = self._splits(loaded.config, dataset, folds, redraw)
        config = fill(for_rows(loaded, len(splits[0].train)), dataset.tasks)
        key = _key(config, SECTIONS, config.model.kind, folds, redraw)
        if key not in self._prepared:
            self._prepared[key] = [fit_preprocessor(config, replace(dataset, split=split)) for split in splits]
            _forget(self._prepared)
        return config, self._prepared[key]

    def _splits(self, config: RecipeConfig, dataset: Dataset, folds: int | None, redraw: int | None) -> list[RowSplit]:
        if folds is None and redraw is None:
            return [dataset.split]
        key = _key(config, SECTIONS, folds, redraw)
        if key not in self._divisions:
            kinds, split = kinds_of(config, dataset, self.data), config.data.split
            self._divisions[key] = (
                [validation_anew(split, before=dataset.split, kinds=kinds, number=redraw, seed=config.seed)]
                if redraw is not None
                else validation_folds(split, rows=pool(dataset), kinds=kinds, folds=folds or 0, seed=config.seed)
            )
            _forget(self._divisions)
        return self._divisions[key]

    def _dataset(self, config: RecipeConfig) -> Dataset:
        key = _key(config, SECTIONS, config.model.kind)
        if key not in self._datasets:
            need_memory(config, self.data, "search")
            self._datasets[key] = without_test_rows(load_data(config, self.data))
            _forget(self._datasets)
        return self._datasets[key]

    def _pool(self) -> "Networks":
        from nnrecipes.tuning.networks import Networks

        self._networks = self._networks or Networks()
        return self._networks

    def _train(self, parts: Sequence["Part"], alike: int) -> list[Outcome]:
        """Train them; those whose recipes differ in more than numbers of the optimizer take turns."""
        from nnrecipes.training.several import Job, train_several

        networks, found = self._pool(), {}
        groups: dict[str, list[int]] = {}
        for place, part in enumerate(parts):
            groups.setdefault(_training_key(part.config), []).append(place)
        for places in groups.values():
            group = [parts[place] for place in places]
            used = [networks.take(part.config, part.prepared) for part in group]
            jobs = [Job(part.config.seed, part.prepared.train, part.prepared.validation, config=part.config,
                        callbacks=[part.pruning] if part.pruning else []) for part in group]  # fmt: skip
            models = [network.model for network in used]
            trained = train_several(group[0].config, models, jobs, in_all=alike)
            for place, part, network, done in zip(places, group, used, trained, strict=True):
                found[place] = self._outcome(part, done.history)
                networks.give_back(network, done.trainer)
        return [found[place] for place in range(len(parts))]

    def _outcome(self, part: "Part", history: History) -> Outcome:
        best = best_epoch(part.config, history)
        values = tuple(history[name][best] for name in self.objectives)
        return Outcome(values, len(history["loss"]), pruned=part.pruning is not None and part.pruning.pruned)


@dataclass(frozen=True)
class Part:
    """One training of a trial: a fold, or all there is."""

    trial: int
    config: RecipeConfig
    prepared: Prepared
    pruning: "Pruning | None"


def _mean(folds: Sequence[Outcome]) -> Outcome:
    values = tuple(float(np.mean(column)) for column in zip(*(found.values for found in folds), strict=True))
    return Outcome(values, float(np.mean([found.epochs for found in folds])), any(found.pruned for found in folds))


def quiet(config: RecipeConfig) -> RecipeConfig:
    """The recipe without what a training would write: no trial has a folder."""
    off = {"progress": False, "checkpoint": None, "tensorboard": None}
    callbacks = config.training.callbacks.model_copy(update=off)
    return config.model_copy(update={"training": config.training.model_copy(update={"callbacks": callbacks})})


def _training_key(config: RecipeConfig) -> str:
    """What trainings in one program have to agree in beside the form of the network: epochs and batches."""
    values = config.training.model_dump(mode="json", exclude={"optimizer", "callbacks"})
    return json.dumps(values, sort_keys=True)


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


def _key(config: RecipeConfig, sections: Sequence[str], *rest: Any) -> str:
    values = resolved(config)
    return json.dumps([[values[name] for name in sections], *rest], sort_keys=True)


def _forget(kept: OrderedDict[str, Any]) -> None:
    while len(kept) > KEPT:
        kept.popitem(last=False)

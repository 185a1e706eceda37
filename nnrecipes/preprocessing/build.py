"""A recipe and its checked rows -> the fitted preprocessor and the arrays of the three sets."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd

from nnrecipes.config.check_autoencoder import is_autoencoder
from nnrecipes.config.data import MEDIA
from nnrecipes.config.inputs import TabularInput
from nnrecipes.config.outputs import output_name, resolve_output
from nnrecipes.config.preprocessing import ColumnOverride
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.config.targets import Task
from nnrecipes.data.build import Dataset
from nnrecipes.data.missing import POLICIES
from nnrecipes.data.schema import FeatureType
from nnrecipes.data.spec import Array, Arrays, DataSpec
from nnrecipes.data.stream import Stream
from nnrecipes.data.totals import Categories
from nnrecipes.errors import ConfigError, did_you_mean
from nnrecipes.preprocessing.blocks import StreamedBlocks
from nnrecipes.preprocessing.fit_stream import fit_streamed
from nnrecipes.preprocessing.plans import CategoricalPlan, InputPlan, NumericPlan, Plan, TargetPlan
from nnrecipes.preprocessing.preprocessor import Preprocessor
from nnrecipes.preprocessing.weights import class_weights, sample_weights

TASKS: dict[str, tuple[Task, ...]] = {
    "positive": ("binary",),
    "class_weight": ("binary", "multiclass"),
    "scale": ("regression",),
    "rows_together": ("identity",),
}
"""Options of a target -> the tasks that they are for."""

FILL = {"numeric": "a number for a numeric column", "categorical": "text for a categorical column"}


@dataclass(frozen=True)
class Prepared:
    """The fitted preprocessor, and the rows of each set as the network takes them.

    Where training rows are streamed ``blocks`` has all of them, and ``train`` is a sample.
    """

    preprocessor: Preprocessor
    train: Arrays
    validation: Arrays
    test: Arrays
    blocks: StreamedBlocks | None = None

    @property
    def training(self) -> Arrays | StreamedBlocks:
        """The rows to train on."""
        return self.train if self.blocks is None else self.blocks


def fit_preprocessor(config: RecipeConfig, dataset: Dataset) -> Prepared:
    """Fit on the training rows; transform the others.

    Args:
        config: The recipe.
        dataset: Its checked rows, from :func:`~nnrecipes.data.build.load_data`.

    Returns:
        The preprocessor and the arrays; sample weights are those of the training rows.

    Raises:
        ConfigError: The recipe asks for what the columns' types or the tasks do not allow.
        DataError: The rows do not allow for what the recipe asks.
    """
    preprocessor = Preprocessor(dataset.schema, plan_preprocessing(config, dataset))
    split = dataset.split
    frame = dataset.frame.loc[split.train]
    blocks = None
    if dataset.stream is not None:
        blocks = _streamed(config, dataset.stream, preprocessor, frame)
        train = blocks.arrays(frame)
    else:
        x, y = preprocessor.fit_transform(frame)
        together = max((target.rows_together or 0 for target in config.targets.values()), default=0)
        weights = _weights(config, preprocessor.truth(frame), preprocessor.spec)
        train = Arrays(x, y, split.train, weights, together)
    rest = []
    for rows in (split.validation, split.test):
        frame = dataset.frame.loc[rows]
        rest.append(Arrays(preprocessor.transform(frame), preprocessor.labels(frame), rows))
    validation, test = rest
    return Prepared(preprocessor, train, validation, test, blocks)


def _streamed(config: RecipeConfig, stream: Stream, preprocessor: Preprocessor, sample: pd.DataFrame) -> StreamedBlocks:
    folds = tuple(fit_streamed(preprocessor, sample, stream))
    weights = {}
    for target in preprocessor.spec.targets:
        chosen, total = config.targets[target.name].class_weight, stream.totals.get(target.name)
        if chosen is not None and isinstance(total, Categories):
            counts = np.array([total.counts[name] for name in target.classes])
            where = f"targets.{target.name}.class_weight"
            weights[target.name] = class_weights(counts, target.classes, chosen, where=where).astype(np.float32)
    return StreamedBlocks(stream, preprocessor, folds, weights, sample.iloc[:1], config.data.block_rows)


def plan_preprocessing(config: RecipeConfig, dataset: Dataset) -> Plan:
    """Return the recipe's choices for each feature, input and target.

    Raises:
        ConfigError: All choices that do not fit.
    """
    problems: list[str] = []
    inputs = _inputs(config, dataset, problems)
    schema, kinds = dataset.schema, dataset.schema.tabular
    source = {feature: column for column in schema.columns for feature in schema.expand(column)}
    columns = {name: _column(config, name, source[name], kind, problems) for name, kind in kinds.items()}
    targets = () if is_autoencoder(config) else _targets(config, dataset, problems)
    used = {name for plan in inputs if plan.kind == "tabular" for name in plan.features}
    encoded = {
        name: plan.encode for name, plan in columns.items() if isinstance(plan, CategoricalPlan) and name in used
    }
    averaged = [name for name, encode in encoded.items() if encode in {"target", "catboost"}]
    encode_target = _encode_target(config, averaged, problems)
    sources = {*schema.columns, *kinds}
    problems += [
        f"preprocessing.columns.{name}: expected a column that feeds the network. "
        f"Received: {name!r}.{did_you_mean(name, sources)}"
        for name in config.preprocessing.columns
        if name not in sources
    ]
    if problems:
        raise ConfigError(list(dict.fromkeys(problems)))
    return Plan(inputs, targets, columns, encode_target, config.seed)


def _inputs(config: RecipeConfig, dataset: Dataset, problems: list[str]) -> tuple[InputPlan, ...]:
    schema, kinds = dataset.schema, dataset.schema.features
    given = config.inputs or {"features": TabularInput(columns=tuple(schema.columns))}
    plans = []
    for name, section in given.items():
        where = f"inputs.{name}.columns"
        problems += [
            f"{where}: expected columns that feed the network. "
            f"Received: {column!r}.{did_you_mean(column, schema.columns)}"
            for column in section.columns
            if column not in schema.columns
        ]
        features = tuple(f for column in section.columns if column in schema.columns for f in schema.expand(column))
        if section.kind == "categorical":
            problems += [
                f"{where}: expected categorical columns. Received: {feature!r}, which is numeric; "
                f"declare it under data.columns ({schema.source(feature)}: categorical)."
                for feature in features
                if kinds[feature] != "categorical"
            ]
        taken = section.kind if section.kind in MEDIA else ""
        problems += [
            f"{where}: expected {f'columns of kind {taken}' if taken else 'numbers, categories or dates'}. "
            f"Received: {feature!r}, which another input or data.columns takes as {kinds[feature]}."
            for feature in features
            if (kinds[feature] if kinds[feature] in MEDIA else "") != taken
        ]
        options = section.model_dump(exclude={"kind", "columns", "folder"})
        plans.append(InputPlan(name, features, section.kind, options))
    return tuple(plans)


def _column(
    config: RecipeConfig, name: str, source: str, kind: FeatureType, problems: list[str]
) -> NumericPlan | CategoricalPlan:
    section = config.preprocessing
    key = name if name in section.columns else source
    own = section.columns.get(key, ColumnOverride())
    plan_class = CategoricalPlan if kind == "categorical" else NumericPlan
    defaults = (section.categorical if kind == "categorical" else section.numeric).model_dump()
    chosen = {option: value for option, value in own.model_dump().items() if value is not None}
    allowed = {option.name for option in fields(plan_class)}
    known = ", ".join(sorted(allowed & set(ColumnOverride.model_fields)))
    faults = [(option, f"an option of a {kind} column: {known}", option)
              for option in chosen if option not in allowed]  # fmt: skip
    if chosen.get("missing", "refuse") not in POLICIES[kind]:
        faults.append(("missing", f"one of {', '.join(POLICIES[kind])} for a {kind} column", chosen["missing"]))
    if "fill_value" in chosen and isinstance(chosen["fill_value"], str) != (kind == "categorical"):
        faults.append(("fill_value", FILL[kind], chosen["fill_value"]))
    problems += [f"preprocessing.columns.{key}.{option}: expected {expected}. Received: {received!r}."
                 for option, expected, received in faults]  # fmt: skip
    values: dict[str, Any] = {name: value for name, value in {**defaults, **chosen}.items() if name in allowed}
    return plan_class(**values)


def _targets(config: RecipeConfig, dataset: Dataset, problems: list[str]) -> tuple[TargetPlan, ...]:
    plans = []
    for name, section in config.targets.items():
        task = dataset.tasks[name]
        output, misfits = resolve_output(task, section)
        problems += [f"targets.{name}.{m.key}: expected {m.expected}. Received: {m.received!r}." for m in misfits]
        problems += [
            f"targets.{name}.{option}: expected a {' or '.join(tasks)} target for it. Received: a {task} one."
            for option, tasks in TASKS.items()
            if getattr(section, option) is not None and task not in tasks
        ]
        if output is not None:
            plan = TargetPlan(name, output_name(name, section), task, output.activation, output.labels)
            columns, positive = section.columns or (name,), section.positive
            scale, quantiles = section.scale or "standard", section.quantiles or ()
            plans.append(replace(plan, columns=columns, positive=positive, scale=scale, quantiles=quantiles))
    return tuple(plans)


def _encode_target(config: RecipeConfig, averaged: list[str], problems: list[str]) -> str | None:
    chosen, names = config.preprocessing.categorical.target, list(config.targets)
    where = "preprocessing.categorical.target"
    if chosen is not None and chosen not in names:
        problems.append(
            f"{where}: expected one of the targets {', '.join(names)}. "
            f"Received: {chosen!r}.{did_you_mean(chosen, names)}"
        )
    if not averaged:
        return None
    if chosen is None and len(names) > 1:
        expected = f"one of the targets {', '.join(names)}, to encode {', '.join(averaged)} against"
        problems.append(f"{where}: expected {expected}. Received: None.")
    return chosen or names[0]


def _weights(config: RecipeConfig, truth: Mapping[str, Array], spec: DataSpec) -> dict[str, Array]:
    chosen = {
        name: section.class_weight for name, section in config.targets.items() if section.class_weight is not None
    }
    if not chosen:
        return {}
    rows = len(next(iter(truth.values())))
    weights = {target.output: np.ones(rows, dtype=np.float32) for target in spec.targets}
    for target in spec.targets:
        if target.name in chosen:
            where = f"targets.{target.name}.class_weight"
            weights[target.output] = sample_weights(
                truth[target.name], target.classes, chosen[target.name], where=where
            )
    return weights

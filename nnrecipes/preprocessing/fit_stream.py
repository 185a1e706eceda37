"""Totals of streamed training rows and a sample of them -> the fitted preprocessor.

Means, standard deviations, extremes, categories, classes and target encodings are those of all training rows, equal to
what rows in memory give but for rounding and, of target encodings, which row is in which fold. Medians, quantiles,
modes of numbers and the edges of bins are those of the sample, which has all training rows where they are few.
"""

import numpy as np
import pandas as pd

from nnrecipes.data.ahead import ahead
from nnrecipes.data.spec import Array
from nnrecipes.data.stream import Stream
from nnrecipes.data.totals import Categories, Numbers, Total
from nnrecipes.errors import DataError
from nnrecipes.preprocessing.bins import fit_edges
from nnrecipes.preprocessing.categorical import Levels, encode_levels, fit_one_hot, fit_ordinal, levels_of
from nnrecipes.preprocessing.encoding import ONE_HOT_LEVELS, CategoricalColumn
from nnrecipes.preprocessing.features import Feature
from nnrecipes.preprocessing.fold_sums import FoldSums, encode_by_sums
from nnrecipes.preprocessing.numeric import NumericColumn, fit_fill
from nnrecipes.preprocessing.plans import CategoricalPlan, NumericPlan, TargetPlan
from nnrecipes.preprocessing.preprocessor import Preprocessor
from nnrecipes.preprocessing.scaling import fit_scaler, scaler_of
from nnrecipes.preprocessing.scaling import scale as scaled
from nnrecipes.preprocessing.targets import TargetColumn, encoding_goal, fitted_target, target_classes, target_truth


def fit_streamed(preprocessor: Preprocessor, sample: pd.DataFrame, stream: Stream) -> list[Preprocessor]:
    """Fit on all training rows.

    Args:
        preprocessor: It learns in place.
        sample: Training rows that are in memory.
        stream: All training rows.

    Returns:
        The preprocessor of the training rows of each fold, where a target is averaged: they differ in the tables, which
        know nothing of the rows of their own fold. Empty where no target is averaged.

    Raises:
        DataError: The rows do not allow for what the plan asks.
    """
    plan, totals = preprocessor.plan, stream.totals
    targets = {item.name: _target(item, totals, sample, stream) for item in plan.targets}
    told = preprocessor.told(sample, targets)
    levels = {name: _levels(name, totals[name], preprocessor) for name, kind in preprocessor.schema.features.items()
              if kind == "categorical"}  # fmt: skip
    means = {name: found for name, found in levels.items() if _is_averaged(preprocessor, name)}
    averaged = _averaged(preprocessor, targets, means, sample, stream)
    features: dict[str, dict[str, Feature]] = {}
    for item in plan.inputs:
        features[item.name] = {}
        for name in item.features:
            values, total = sample[name], totals[name]
            if item.kind == "categorical":
                features[item.name][name] = _coded(name, levels)
            elif name in averaged:
                features[item.name][name] = averaged[name][0]
            else:
                features[item.name][name] = _feature(name, preprocessor, values, total, levels, told)
    preprocessor.take_fitted(targets, features)
    count = max((len(columns) for columns in averaged.values()), default=1) - 1
    return [_of_fold(preprocessor, averaged, fold) for fold in range(count)]


def _levels(name: str, total: Total, preprocessor: Preprocessor) -> Levels:
    plan = preprocessor.column_plan(name)
    if not isinstance(total, Categories) or not isinstance(plan, CategoricalPlan):
        raise DataError(f"column {name!r}: expected categories. Received: numbers.")
    return levels_of(total.counts, total.gaps, missing=plan.missing, fill_value=plan.fill_value,
                     where=f"column {name!r}")  # fmt: skip


def _coded(name: str, levels: dict[str, Levels]) -> Levels:
    if name not in levels:
        raise DataError(
            f"column {name!r}: expected a categorical column in a categorical input. Received: a numeric one."
        )
    return levels[name]


def _feature(
    name: str,
    preprocessor: Preprocessor,
    values: pd.Series,
    total: Total,
    levels: dict[str, Levels],
    told: Array | None,
) -> Feature:
    plan = preprocessor.column_plan(name)
    if isinstance(plan, NumericPlan) and isinstance(total, Numbers):
        return numeric_of(total, values.to_numpy(dtype=np.float64), plan, goal=told, where=f"column {name!r}")
    if isinstance(plan, CategoricalPlan) and isinstance(total, Categories):
        return categorical_of(total, levels[name], values, plan)
    raise DataError(f"column {name!r}: expected one kind of values. Received: numbers and categories.")


def numeric_of(
    total: Numbers, sample: Array, plan: NumericPlan, *, goal: Array | None = None, where: str = "column"
) -> NumericColumn:
    """Return the fitted column; fill and scale are of all training rows where totals tell them.

    Args:
        total: Of all training rows.
        sample: Some of them, float64 ``(rows,)``, NaN where missing.
        plan: What becomes of the column.
        goal: Of bins for a goal, the targets of the sample, ``(rows, columns)``.
        where: The column's name, for error messages.

    Example:
        >>> total = Numbers()
        >>> total.add(np.array([1.0, np.nan, 3.0]))
        >>> numeric_of(total, np.array([1.0, 3.0]), NumericPlan(missing="mean", scale="minmax")).fill
        2.0
    """
    fill = total.mean if plan.missing == "mean" else fit_fill(sample, plan.missing, plan.fill_value, where)
    rows = sample[~np.isnan(sample)] if fill is None else np.where(np.isnan(sample), fill, sample)
    scaler = scaler_of(plan.scale, **total.filled(fill).known()) or fit_scaler(rows, plan.scale)
    edges = None
    if plan.quantile_bins or plan.distinct_bins or plan.target_bins:
        edges = fit_edges(scaled(rows, scaler), quantile=plan.quantile_bins, distinct=plan.distinct_bins,
                          target=plan.target_bins, goal=goal)  # fmt: skip
    limits = (total.least, total.greatest) if total.count else None
    return NumericColumn(plan.missing, fill, scaler, edges, limits)


def categorical_of(total: Categories, levels: Levels, sample: pd.Series, plan: CategoricalPlan) -> CategoricalColumn:
    """Return the fitted column of an encoding that averages no target."""
    if plan.encode == "one_hot" or (plan.encode == "embedding" and len(levels) <= ONE_HOT_LEVELS):
        return CategoricalColumn(levels, "one_hot", fit_one_hot(levels))
    if plan.encode == "embedding":
        return CategoricalColumn(levels, plan.encode, np.arange(len(levels) + 1, dtype=np.float64).reshape(-1, 1))
    table = fit_ordinal(levels)
    known = Numbers.of(table[:, 0], _rows_of_codes(total, levels)).known()
    scaler = scaler_of(plan.scale, **known) or fit_scaler(table[encode_levels(sample, levels), 0], plan.scale)
    return CategoricalColumn(levels, plan.encode, table, (scaler,))


def _rows_of_codes(total: Categories, levels: Levels) -> Array:
    """How many training rows have each code, ``(levels + 1,)``."""
    names = [*total.counts, None]
    counts = np.zeros(len(levels) + 1, dtype=np.int64)
    np.add.at(counts, encode_levels(pd.Series(names, dtype=object), levels), [*total.counts.values(), total.gaps])
    return counts


def _target(plan: TargetPlan, totals: dict[str, Total], sample: pd.DataFrame, stream: Stream) -> TargetColumn:
    columns = plan.columns or (plan.name,)
    total = totals[columns[0]]
    if plan.task == "multilabel":
        return fitted_target(plan, columns)
    if isinstance(total, Categories):
        return fitted_target(plan, target_classes(total.counts, plan))
    known = _logarithms(stream, columns[0]) if plan.scale == "log" else total
    scaler = scaler_of(plan.scale, **known.known()) or fit_scaler(sample[columns[0]].to_numpy(), plan.scale)
    return fitted_target(plan, (), scaler, (total.least, total.greatest))


def _logarithms(stream: Stream, column: str) -> Numbers:
    total = Numbers()
    for frame in ahead(stream.reader.training_rows()):
        values = frame[column].to_numpy()
        if len(values) and values.min() <= 0:
            raise DataError(f"column {column!r}: expected numbers above 0 for scale: log. Received: {values.min():g}.")
        total.add(np.log(values))
    return total


def _is_averaged(preprocessor: Preprocessor, name: str) -> bool:
    used = {feature for item in preprocessor.plan.inputs if item.kind == "tabular" for feature in item.features}
    return name in used and getattr(preprocessor.column_plan(name), "encode", "") == "target"


def _averaged(
    preprocessor: Preprocessor,
    targets: dict[str, TargetColumn],
    levels: dict[str, Levels],
    sample: pd.DataFrame,
    stream: Stream,
) -> dict[str, list[CategoricalColumn]]:
    """Of each column that averages a target, the fitted one and those of the folds; it takes one more pass."""
    plan = preprocessor.plan
    if not levels or plan.encode_target is None:
        return {}
    target = targets[plan.encode_target]
    goal = encoding_goal(target_truth(sample, target), target)
    plans = {name: chosen for name in levels if isinstance(chosen := preprocessor.column_plan(name), CategoricalPlan)}
    sums = {name: FoldSums.empty(levels[name], plans[name].folds, goal) for name in levels}
    for frame in ahead(stream.reader.training_rows()):
        goal = encoding_goal(target_truth(frame, target), target)
        for name, found in sums.items():
            found.add(frame[name], goal, plan.seed)
    return {name: encode_by_sums(found, plans[name], sample[name], plan.seed) for name, found in sums.items()}


def _of_fold(preprocessor: Preprocessor, averaged: dict[str, list[CategoricalColumn]], fold: int) -> Preprocessor:
    own: dict[str, dict[str, Feature]] = {}
    for item, columns in preprocessor.features_.items():
        own[item] = {name: averaged[name][fold + 1] if isinstance(feature, CategoricalColumn) and name in averaged
                     else feature for name, feature in columns.items()}  # fmt: skip
    copied = Preprocessor(preprocessor.schema, preprocessor.plan)
    copied.take_fitted(preprocessor.targets_, own)
    return copied

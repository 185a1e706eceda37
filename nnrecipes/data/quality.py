"""Typed rows to what is wrong with them, and to what the user should know."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from nnrecipes.config.targets import Task
from nnrecipes.data.missing import TELLING
from nnrecipes.data.schema import Schema
from nnrecipes.data.splits import RowSplit
from nnrecipes.data.table import SHOWN, Table

NAMES = ("train", "validation", "test")


def flat_columns(frame: pd.DataFrame, schema: Schema, policies: Mapping[str, str]) -> dict[str, str]:
    """Return the raw columns that tell nothing -> ``all missing`` or ``constant``.

    A column with one value and missing ones beside it tells something where its policy keeps the difference:
    ``indicator``, ``constant`` or ``unknown``.
    """
    flat: dict[str, str] = {}
    for column, policy in policies.items():
        names = list(schema.expand(column))
        most = max(frame[name].nunique() for name in names)
        why = flatness(most, bool(most == 1 and frame[names].isna().any(axis=None)), policy)
        if why:
            flat[column] = why
    return flat


def flatness(distinct: int, gaps: bool, policy: str) -> str:
    """Return why a column with so many distinct values tells nothing, or an empty string.

    Example:
        >>> flatness(1, True, "median"), flatness(1, True, "indicator")
        ('constant', '')
    """
    if distinct == 0:
        return "all missing"
    return "constant" if distinct == 1 and not (policy in TELLING and gaps) else ""


def describe_flat(
    flat: Mapping[str, str], origin: str, named: Collection[str], rows: str
) -> tuple[list[str], list[str]]:
    """Return notices for the columns that the recipe does not name, problems for those that it names."""
    notices = [f"Column {name!r} is left out: {why} in {rows}." for name, why in flat.items() if name not in named]
    problems = [f"{origin}: column {name!r}: expected two values or more in {rows}. Received: {why}. "
                "Take it out of data.features, data.columns and inputs, or list it under data.ignore."
                for name, why in flat.items() if name in named]  # fmt: skip
    return notices, problems


def missing_targets(targets: pd.DataFrame, table: Table) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Return the row ids without a value in some target column, and a line for each such column."""
    lines = []
    for column in targets.columns:
        rows = targets.index[targets[column].isna()].to_numpy()
        if len(rows):
            lines.append(f"{table.origin}: target {column!r}: expected a value in every row. Received: none in "
                         f"{len(rows):,} of {len(targets):,} rows: {table.where(rows)}. "
                         "Set data.missing_target: drop to leave them out.")  # fmt: skip
    return targets.index[targets.isna().any(axis=1)].to_numpy(dtype=np.int64), lines


def check_targets(
    frame: pd.DataFrame,
    table: Table,
    tasks: Mapping[str, Task],
    columns: Mapping[str, Sequence[str]],
    *,
    min_class_rows: int,
    guessed: Collection[str] = (),
) -> list[str]:
    """Refuse classes with too few rows, labels that (nearly) no row has, and constant regression targets.

    Args:
        frame: The rows that are split; it holds the target columns.
        table: The raw rows, for their lines.
        tasks: Target -> task.
        columns: Target -> its columns.
        min_class_rows: The fewest rows of a class.
        guessed: Targets whose task was inferred: whole numbers among them may be meant for regression.
    """
    problems = []
    for name, task in tasks.items():
        if task == "regression":
            if frame[name].nunique() < 2:
                problems.append(f"{table.origin}: target {name!r}: expected two values or more. Received: a constant.")
            continue
        whole = name in guessed and frame[name].str.fullmatch(r"[+-]?\d+").all()
        advice = f" If these are amounts, set targets.{name}.task: regression." if whole else ""
        for column in columns[name]:
            if task == "multilabel":
                counts = pd.Series({"1": int((frame[column] == 1).sum()), "0": int((frame[column] == 0).sum())})
            else:
                counts = frame[column].value_counts()
            few = {value: count for value, count in counts.items() if count < min_class_rows}
            for value, count in list(few.items())[:SHOWN]:
                held = frame.index[frame[column].map(lambda x, value=value: _same(x, value))]
                place = f": {table.where(held)}" if count else ""
                expected = f"at least {min_class_rows} rows of every class (data.min_class_rows)"
                problems.append(f"{table.origin}: target {column!r}: expected {expected}. "
                                f"Received: {count} of {value!r}{place}.{advice}")  # fmt: skip
            if len(few) > SHOWN:
                problems.append(f"{table.origin}: target {column!r}: and {len(few) - SHOWN:,} more classes.")
    return problems


def _same(value: object, name: object) -> bool:
    return value == name or (isinstance(value, float) and value == float(str(name)))


def check_split(
    frame: pd.DataFrame,
    table: Table,
    tasks: Mapping[str, Task],
    columns: Mapping[str, Sequence[str]],
    split: RowSplit,
) -> list[str]:
    """Refuse classes, and values of a multilabel column, that only validation or test rows have.

    Of an identity target it is the other way round: training may not see the identities of the others.
    """
    problems = []
    for name, task in tasks.items():
        if task == "identity":
            problems += _seen_identities(frame[name], table.origin, split)
            continue
        for column in columns[name] if task != "regression" else ():
            known = set(frame[column].loc[pd.Index(split.train)])
            for part, rows in (("validation", split.validation), ("test", split.test)):
                values = frame[column].loc[pd.Index(rows)]
                unknown = sorted(set(values) - known)
                for value in unknown[:SHOWN]:
                    held = values.index[values == value]
                    problems.append(f"{table.origin}: target {column!r}: expected every class among the training rows. "
                                    f"Received: {value!r} only in {part}: {table.where(held)}.")  # fmt: skip
                if len(unknown) > SHOWN:
                    problems.append(f"{table.origin}: target {column!r}: and {len(unknown) - SHOWN:,} more in {part}.")
    return problems


def _seen_identities(identities: pd.Series, origin: str, split: RowSplit) -> list[str]:
    problems = []
    known = set(identities.loc[pd.Index(split.train)])
    for part, rows in (("validation", split.validation), ("test", split.test)):
        seen = sorted(known & set(identities.loc[pd.Index(rows)]))
        if seen:
            shown = ", ".join(map(repr, seen[:SHOWN])) + (f" and {len(seen) - SHOWN:,} more" if seen[SHOWN:] else "")
            problems.append(f"{origin}: target {identities.name!r}: expected {part} rows of identities that training "
                            f"does not see, as data.split: {{kind: group, column: {identities.name}}} gives them. "
                            f"Received: {shown} in both.")  # fmt: skip
    return problems


def count_duplicates(frame: pd.DataFrame, split: RowSplit) -> list[str]:
    """Count rows whose features and targets equal those of a row in an earlier set.

    Example:
        >>> frame = pd.DataFrame({"x": [1.0, 2.0, 1.0, 2.0]})
        >>> count_duplicates(frame, RowSplit(np.array([0, 1]), np.array([2]), np.array([3])))[0]
        '1 of 1 validation rows stand among the training rows too (equal features and targets).'
    """
    keys = pd.util.hash_pandas_object(frame, index=False)
    train = set(keys.loc[pd.Index(split.train)])
    notices = []
    for part, rows in (("validation", split.validation), ("test", split.test)):
        copies = int(keys.loc[pd.Index(rows)].isin(train).sum())
        if copies:
            notices.append(f"{copies:,} of {len(rows):,} {part} rows stand among the training rows too "
                           "(equal features and targets).")  # fmt: skip
    between = int(keys.loc[pd.Index(split.test)].isin(set(keys.loc[pd.Index(split.validation)]) - train).sum())
    if between:
        notices.append(f"{between:,} of {len(split.test):,} test rows stand among the validation rows too "
                       "(equal features and targets).")  # fmt: skip
    return notices


def cut_times(values: npt.NDArray[np.generic], index: pd.Index, split: RowSplit) -> list[str]:
    """Say where a split by time puts rows of one time in two sets."""
    series = pd.Series(values, index=index)
    notices = []
    for (early, before), (late, after) in (
        (("training", split.train), ("validation", split.validation)),
        (("validation", split.validation), ("test", split.test)),
    ):
        newest, oldest = series.loc[pd.Index(before)].max(), series.loc[pd.Index(after)].min()
        if newest == oldest:
            notices.append(f"Rows of one time, {oldest}, are both {early} and {late} rows.")
    return notices

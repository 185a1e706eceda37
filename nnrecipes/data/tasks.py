"""Target columns to tasks and typed values.

Where a recipe leaves the task out: several columns are ``multilabel``; numbers with more than 20 distinct values, or
with any that is not whole, are ``regression``; of the others, two distinct values are ``binary`` and more are
``multiclass``.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from nnrecipes.config.targets import TargetConfig, Task
from nnrecipes.data.infer import infer_type
from nnrecipes.data.parse import Decimal, as_numbers, as_text, parse_columns
from nnrecipes.data.table import Table
from nnrecipes.errors import DataError, did_you_mean

MANY = 20
MISSING_LABELS = {"true": 1.0, "false": 0.0}


def label_columns(targets: Mapping[str, TargetConfig]) -> dict[str, tuple[str, ...]]:
    """Target -> its columns: its own, or those of a multilabel target.

    Example:
        >>> label_columns({"species": TargetConfig(), "tags": TargetConfig(columns=("red", "blue"))})
        {'species': ('species',), 'tags': ('red', 'blue')}
    """
    return {name: target.columns or (name,) for name, target in targets.items()}


def infer_task(column: pd.Series, *, decimal: Decimal = ".") -> tuple[Task, str]:
    """Guess the task of one target column, and say why.

    Example:
        >>> infer_task(pd.Series([1, 2, 1, 3])), infer_task(pd.Series([0.5, 1.0]))
        (('multiclass', '3 distinct whole numbers'), ('regression', 'numbers that are not all whole'))
    """
    if infer_type(column, decimal=decimal).type in ("numeric", "identifier"):
        numbers, bad = as_numbers(column, decimal=decimal)
        known = numbers[~np.isnan(numbers)]
        distinct = len(np.unique(known))
        numeric = len(known) and bad.sum() <= len(known) / 9
        if numeric and not (known == np.floor(known)).all():
            return "regression", "numbers that are not all whole"
        if numeric and distinct > MANY:
            return "regression", f"{distinct:,} distinct whole numbers"
        if numeric and not bad.any():
            return "binary" if distinct <= 2 else "multiclass", f"{distinct} distinct whole numbers"
    distinct = column.nunique()
    return "binary" if distinct <= 2 else "multiclass", f"{distinct:,} distinct values"


def choose_tasks(
    table: Table, targets: Mapping[str, TargetConfig], *, decimal: Decimal
) -> tuple[dict[str, Task], list[str]]:
    """Return target -> task, and a notice for each task that was inferred."""
    tasks: dict[str, Task] = {}
    notices = []
    for name, target in targets.items():
        if target.task is not None:
            tasks[name] = target.task
        elif target.columns is not None:
            tasks[name] = "multilabel"
        else:
            tasks[name], reason = infer_task(table.frame[name], decimal=decimal)
            notices.append(f"Target {name!r} is {tasks[name]}: {reason}. To change it, set targets.{name}.task.")
    return tasks, notices


def parse_targets(
    table: Table,
    targets: Mapping[str, TargetConfig],
    tasks: Mapping[str, Task],
    *,
    decimal: Decimal,
    complete: bool = True,
) -> tuple[pd.DataFrame, list[str]]:
    """Give the target columns their types.

    Args:
        table: Rows.
        targets: The ``targets`` section.
        tasks: Target -> task.
        decimal: The decimal mark of numbers that are written as text.
        complete: Whether these are all rows, so that all classes have to be there.

    Returns:
        float64 for regression, 0.0 and 1.0 for multilabel, ``str`` objects for classes; and all problems.
    """
    columns: dict[str, pd.Series] = {}
    problems: list[str] = []
    for name, target in targets.items():
        task = tasks[name]
        if task == "multilabel":
            if target.columns is None:
                expected = "the 0/1 columns of a multilabel target"
                problems.append(f"targets.{name}.columns: expected {expected}. Received: none.")
                continue
            for column in target.columns:
                columns[column], found = _labels(table, column)
                problems += found
        elif task == "regression":
            try:
                columns[name] = parse_columns(table, {name: "numeric"}, decimal=decimal)[name]
            except DataError as error:
                problems += [f"{problem} Or set targets.{name}.task: multiclass." for problem in error.problems]
        else:
            columns[name] = pd.Series(as_text(table.frame[name]), table.frame.index, dtype=object)
            problems += _class_problems(table.origin, name, target, task, columns[name]) if complete else []
    return pd.DataFrame(columns, index=table.frame.index), problems


def _labels(table: Table, column: str) -> tuple[pd.Series, list[str]]:
    text = pd.Series(as_text(table.frame[column]), table.frame.index, dtype=object)
    values = text.str.casefold().map({"0": 0.0, "1": 1.0, **MISSING_LABELS}).astype("float64")
    bad = np.flatnonzero((values.isna() & text.notna()).to_numpy())
    if not len(bad):
        return values, []
    received = table.where(bad, text.iloc[bad[:5]])
    return values, [f"{table.origin}: column {column!r}: expected 0 or 1. Received: {received}."]


def _class_problems(origin: str, name: str, target: TargetConfig, task: Task, values: pd.Series) -> list[str]:
    classes = sorted(values.dropna().unique())
    shown = ", ".join(map(repr, classes[:5])) + (" …" if len(classes) > 5 else "")
    problems = []
    if task == "binary" and len(classes) != 2:
        problems.append(f"{origin}: target {name!r}: expected two classes. Received: {len(classes)}: {shown}.")
    if task == "multiclass" and len(classes) < 2:
        problems.append(f"{origin}: target {name!r}: expected two classes or more. Received: {len(classes)}: {shown}.")
    if target.positive is not None and target.positive not in classes:
        problems.append(f"targets.{name}.positive: expected a class: {shown}. Received: {target.positive!r}."
                        f"{did_you_mean(target.positive, classes)}")  # fmt: skip
    return problems

"""Which policy a column's missing values follow, which rows go because of it, and what is refused."""

from collections.abc import Mapping
from typing import get_args

import numpy as np
import pandas as pd

from nnrecipes.config.data import ColumnType
from nnrecipes.config.preprocessing import CategoricalMissing, NumericMissing
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.data.dates import part_names
from nnrecipes.data.schema import Schema
from nnrecipes.data.splits import Rows
from nnrecipes.data.table import SHOWN, Table
from nnrecipes.errors import did_you_mean

POLICIES: dict[str, tuple[str, ...]] = {
    "numeric": get_args(NumericMissing),
    "categorical": get_args(CategoricalMissing),
}
TELLING = {"indicator", "constant", "unknown"}


def missing_policy(config: RecipeConfig, column: str, type: ColumnType) -> str:
    """The policy of a column or feature: its own under ``preprocessing.columns``, else its type's.

    Dates are numeric; a date's part (``sold_year``) follows the date column where it has no policy of its own.
    """
    overrides = config.preprocessing.columns
    for name, own in overrides.items():
        parts = part_names(name, config.data.date_parts) if column not in overrides else ()
        if own.missing is not None and (name == column or column in parts):
            return own.missing
    section = config.preprocessing.categorical if type == "categorical" else config.preprocessing.numeric
    return section.missing


def misfit_policies(policies: Mapping[str, str], schema: Schema) -> list[str]:
    """Say which policies are not of their column's type, such as ``median`` of a categorical column."""
    problems = []
    for column, policy in policies.items():
        kind = _kind(schema, column)
        if policy not in POLICIES[kind]:
            expected = f"{', '.join(POLICIES[kind])} for a {kind} column"
            problems.append(f"preprocessing.columns.{column}.missing: expected {expected}. Received: {policy!r}."
                            f"{did_you_mean(policy, POLICIES[kind])}")  # fmt: skip
    return problems


def find_missing(
    frame: pd.DataFrame, table: Table, schema: Schema, policies: Mapping[str, str]
) -> tuple[Rows, list[str], list[str]]:
    """Look for missing values in features.

    Args:
        frame: Features of the rows in question; the index is the row id.
        table: The raw rows, for their lines.
        schema: The feature columns.
        policies: Raw column -> policy.

    Returns:
        The row ids that a policy ``drop`` takes out, a notice for each such column, a problem for each column with
        missing values and the policy ``refuse``.
    """
    dropped: set[int] = set()
    notices = []
    refused: dict[str, list[str]] = {"numeric": [], "categorical": []}
    for column, policy in policies.items():
        if policy not in ("refuse", "drop"):
            continue
        gaps = np.logical_or.reduce([frame[name].isna().to_numpy() for name in schema.expand(column)])
        if not gaps.any():
            continue
        rows = frame.index[gaps].to_numpy()
        if policy == "drop":
            dropped.update(rows.tolist())
            notices.append(f"{len(rows):,} of {len(frame):,} rows dropped: no value in {column!r} (missing: drop).")
            continue
        refused[_kind(schema, column)].append(
            f"column {column!r}: none in {len(rows):,} of {len(frame):,} rows: {table.where(rows)}"
        )
    problems = [line for kind, lines in refused.items() for line in _refusals(table.origin, kind, lines)]
    return np.asarray(sorted(dropped), dtype=np.int64), notices, problems


def _refusals(origin: str, kind: str, lines: list[str]) -> list[str]:
    """One line a column, five at most, and one that names the policies to choose from."""
    if not lines:
        return []
    choices = ", ".join(name for name in POLICIES[kind] if name != "refuse")
    found = [f"{origin}: expected a value in every row. Received: {line}." for line in lines[:SHOWN]]
    if len(lines) > SHOWN:
        found.append(f"{origin}: and {len(lines) - SHOWN:,} more {kind} columns with missing values.")
    found[-1] += f" Set preprocessing.{kind}.missing, or missing under preprocessing.columns: {choices}."
    return found


def _kind(schema: Schema, column: str) -> str:
    return "categorical" if schema.columns[column] == "categorical" else "numeric"

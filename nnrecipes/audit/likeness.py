"""What makes test rows easier than new ones: copies in two sets, ids as features, rows of one owner on both sides."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from nnrecipes.config.data import MEDIA, Split
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.data.build import Dataset, decimal_mark
from nnrecipes.data.infer import infer_type
from nnrecipes.data.parse import as_text
from nnrecipes.data.table import Table
from nnrecipes.data.tasks import label_columns

RARE = 20
"""Rows of one value below which a column may name an owner: a patient, a customer, a shop."""


def find_likeness(config: RecipeConfig, dataset: Dataset, table: Table) -> list[str]:
    """Return a line for each likeness between the sets, with its figures.

    Args:
        config: The recipe.
        dataset: Its checked rows.
        table: Its raw rows.
    """
    return [*find_copies(dataset), *_ids(config, dataset, table), *_owners(config, dataset, table),
            *_spelling(config.data.split, dataset, table), *_beyond(config.data.split, dataset)]  # fmt: skip


def find_copies(dataset: Dataset) -> Iterator[str]:
    """Count rows whose features, or features and targets, stand in an earlier set too."""
    frame, split = dataset.frame, dataset.split
    features = pd.util.hash_pandas_object(frame[list(dataset.schema.features)], index=False)
    whole = pd.util.hash_pandas_object(frame, index=False)
    for later, earlier in (("validation", "train"), ("test", "train"), ("test", "validation")):
        rows, others = pd.Index(getattr(split, later)), pd.Index(getattr(split, earlier))
        like = int(features.loc[rows].isin(set(features.loc[others])).sum())
        same = int(whole.loc[rows].isin(set(whole.loc[others])).sum())
        if like:
            name = "training" if earlier == "train" else earlier
            yield f"{like:,} of {len(rows):,} {later} rows have the features of a {name} row, {same:,} its target too."


def _ids(config: RecipeConfig, dataset: Dataset, table: Table) -> Iterator[str]:
    train, validation = (pd.Index(rows) for rows in (dataset.split.train, dataset.split.validation))
    for name, kind in dataset.schema.columns.items():
        if dataset.guesses[name].declared and kind not in MEDIA:  # a file's name or a text is no identifier
            guess = infer_type(table.frame[name], decimal=decimal_mark(config.data))
            if guess.type == "identifier":
                yield f"feature {name!r} looks like an identifier ({guess.reason})."
        if kind == "categorical":
            known = set(dataset.frame[name].loc[train])
            strange = float((~dataset.frame[name].loc[validation].isin(known)).mean())
            if strange > 0.5:
                yield (f"feature {name!r} works as an identifier: {len(known):,} levels in {len(train):,} training "
                       f"rows, and {strange:.0%} of validation rows have a level that training has not.")  # fmt: skip


def _owners(config: RecipeConfig, dataset: Dataset, table: Table) -> Iterator[str]:
    """Columns that are not features and whose values recur, a few rows each, in two sets."""
    if config.data.split.kind not in ("random", "stratified", "kfold"):
        return
    used = {*dataset.schema.columns, *(c for names in label_columns(config.targets).values() for c in names)}
    for name in (column for column in table.frame.columns if column not in used):
        values = pd.Series(as_text(table.frame[name]), index=table.frame.index)
        train = set(values.loc[pd.Index(dataset.split.train)].dropna())
        held = values.loc[pd.Index(dataset.split.test)]
        shared, distinct = int(held.isin(train).sum()), values.nunique()
        if shared and distinct >= RARE and values.count() <= RARE * distinct and not _measured(table.frame[name]):
            yield (f"{shared:,} of {len(held):,} test rows share a value of {name!r} with training rows ({distinct:,} "
                   f"values, {values.count() / distinct:.1f} rows each). If its rows belong together: data.split: "
                   f"{{kind: group, column: {name}}}.")  # fmt: skip


def _measured(column: pd.Series) -> bool:
    """Whether a column holds dates, or numbers that are not all whole."""
    kind = infer_type(column).type
    if kind != "numeric":
        return kind == "date"
    numbers = pd.to_numeric(column, errors="coerce").dropna()
    return bool((numbers != np.floor(numbers)).any())


def _spelling(split: Split, dataset: Dataset, table: Table) -> Iterator[str]:
    """Groups in two sets whose names differ only in capitals, blanks and punctuation."""
    if split.kind != "group":
        return
    names = pd.Series(as_text(table.frame[split.column]), index=table.frame.index, dtype=object)
    alike = names.str.casefold().str.replace(r"[\W_]+", "", regex=True)
    train = pd.Index(dataset.split.train)
    held = pd.Index(np.concatenate([dataset.split.validation, dataset.split.test]))
    near = alike.loc[held].isin(set(alike.loc[train])) & ~names.loc[held].isin(set(names.loc[train]))
    if near.any():
        yield (f"{int(near.sum()):,} validation and test rows belong to a group of {split.column!r} that training rows "
               f"spell differently, such as {names.loc[held][near].iloc[0]!r}.")  # fmt: skip


def _beyond(split: Split, dataset: Dataset) -> Iterator[str]:
    """Of a split by time, features that move with the time: most test rows lie beyond all training rows."""
    if split.kind != "time":
        return
    if split.column in dataset.schema.columns:
        yield f"feature {split.column!r} is the time that splits: no test row has a value that training rows have."
    for name, kind in dataset.schema.features.items():
        if kind == "numeric":
            train = dataset.frame[name].loc[pd.Index(dataset.split.train)]
            test = dataset.frame[name].loc[pd.Index(dataset.split.test)].dropna()
            outside = float(((test < train.min()) | (test > train.max())).mean()) if len(test) else 0.0
            if outside > 0.9:
                yield (f"feature {name!r} moves with the time that splits: {outside:.0%} of {len(test):,} test rows "
                       "lie outside the training rows' range.")  # fmt: skip

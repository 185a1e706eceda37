"""A file's columns -> the text of a recipe that names what was inferred and why."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nnrecipes.config.data import CsvSource, ParquetSource
from nnrecipes.config.targets import Task
from nnrecipes.data.infer import ColumnGuess, infer_types
from nnrecipes.data.parse import parse_columns
from nnrecipes.data.read import read_table
from nnrecipes.data.tasks import infer_task
from nnrecipes.errors import DataError, did_you_mean

MANY_LEVELS = 30


@dataclass(frozen=True)
class _Draft:
    frame: pd.DataFrame
    guesses: Mapping[str, ColumnGuess]
    tasks: Mapping[str, Task]

    def features(self, kind: str) -> list[str]:
        return [name for name, guess in self.guesses.items() if guess.type == kind and name not in self.tasks]

    def missing(self, kind: str) -> list[str]:
        return [name for name in self.features(kind) if self.frame[name].isna().any()]


def draft_recipe(data: Path, targets: Sequence[str], out: Path, delimiter: str = ",", preset: str | None = None) -> str:
    """Return the YAML text of a recipe for ``data``.

    Args:
        data: A CSV or Parquet file.
        targets: The columns to predict.
        out: Where the recipe will stand; the path of the data is written relative to it.
        delimiter: Of a CSV file.
        preset: ``fast``, ``good`` or ``best`` for a tabular network; None for a plain one with every choice written.

    Raises:
        DataError: If the file cannot be read, or has no such column.
    """
    path = str(data.absolute())
    source = ParquetSource(path=path) if data.suffix == ".parquet" else CsvSource(path=path, delimiter=delimiter)
    table = read_table(source)
    for target in targets:
        if target not in table.frame.columns:
            near = did_you_mean(target, table.frame.columns)
            columns = ", ".join(table.frame.columns)
            raise DataError(
                f"{data}: expected a column to predict. Received: {target!r}; the columns are {columns}.{near}"
            )
    guesses = infer_types(table.frame, {})
    tasks = {target: infer_task(table.frame[target])[0] for target in targets}
    frame = parse_columns(table, {name: guess.type for name, guess in guesses.items() if guess.type != "identifier"})
    draft = _Draft(frame, guesses, tasks)
    relative = os.path.relpath(path, out.absolute().parent)
    relative = path if relative.startswith("../..") else relative
    parts = [
        _head(data, out, targets),
        _data(draft, source, relative),
        _targets(draft),
    ]
    plain = [_preprocessing(draft), _model(draft), _training(draft)]
    return "\n".join([*parts, *(plain if preset is None else [_preset(draft, preset)])])


def quoted(name: str) -> str:
    """A column's name as YAML takes it.

    Example:
        >>> quoted("age"), quoted("on"), quoted("a: b"), quoted("12")
        ('age', '"on"', '"a: b"', '"12"')
    """
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]*( [A-Za-z0-9_.-]+)*", name)
    reserved = name.casefold() in {"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan"}
    return name if plain and not reserved else json.dumps(name, ensure_ascii=False)


def _some(names: Sequence[str]) -> str:
    """The first eight names and how many more there are."""
    rest = f" and {len(names) - 8:,} more" if len(names) > 8 else ""
    return ", ".join(map(quoted, names[:8])) + rest


def _head(data: Path, out: Path, targets: Sequence[str]) -> str:
    return f"""# {" and ".join(map(quoted, targets))} from {quoted(data.name)}. Every key is checked.
#
# Check:   nnrecipes check {out} --data
# Run:     nnrecipes train {out}
"""


def _data(draft: _Draft, source: CsvSource | ParquetSource, relative: str) -> str:
    options = (
        f", delimiter: {json.dumps(source.delimiter)}"
        if isinstance(source, CsvSource) and source.delimiter != ","
        else ""
    )
    lines = ["data:", f"  source: {{kind: {source.kind}, path: {json.dumps(relative)}{options}}}",
             "  columns:               # as inferred; change a word to override it"]  # fmt: skip
    ignored = [
        name
        for name, guess in draft.guesses.items()
        if guess.type in {"identifier", "text"} and name not in draft.tasks
    ]
    shown = {name: f"    {quoted(name)}: {guess.type}" for name, guess in draft.guesses.items()
             if name not in draft.tasks and name not in ignored}  # fmt: skip
    width = max(map(len, shown.values()), default=0)
    lines += [f"{text:<{width}}   # {draft.guesses[name].reason}" for name, text in shown.items()]
    if ignored:
        lines.append(f"  ignore: [{', '.join(map(quoted, ignored))}]")
        lines += [f"    # {quoted(name)}: {draft.guesses[name].type}, {draft.guesses[name].reason}" for name in ignored]
    classes = [name for name, task in draft.tasks.items() if task != "regression"]
    split = (
        f"{{kind: stratified, column: {quoted(classes[0])}, test: 0.1, validation: 0.1}}"
        if classes
        else "{kind: random, test: 0.1, validation: 0.1}"
    )
    gaps = [name for name in draft.tasks if name in draft.frame and draft.frame[name].isna().any()]
    if gaps:
        lines.append(f"  missing_target: refuse   # or drop: rows without a value in {_some(gaps)}")
    return "\n".join([*lines, f"  split: {split}   # also: group, time, column, file, kfold", ""])


def _targets(draft: _Draft) -> str:
    lines = ["targets:"]
    for name, task in draft.tasks.items():
        distinct = draft.frame[name].nunique() if name in draft.frame else 0
        lines += [f"  {quoted(name)}:", f"    task: {task:<16} # {distinct:,} distinct values"]
        if task == "regression":
            lines.append(
                "    scale: standard        # fitted on training rows; predictions come back in the column's own unit"
            )
        else:
            lines.append("    # class_weight: balanced")
    return "\n".join([*lines, ""])


def _preprocessing(draft: _Draft) -> str:
    numbers, words = draft.missing("numeric"), draft.missing("categorical")
    many = [name for name in draft.features("categorical") if draft.frame[name].nunique() > MANY_LEVELS]
    numeric = (
        f"missing: median, scale: standard}}   # missing in {_some(numbers)}"
        if numbers
        else "scale: standard}   # also: minmax, robust, quantile, none"
    )
    categorical = (
        f"missing: indicator, encode: one_hot}}   # missing in {_some(words)}"
        if words
        else "encode: one_hot}   # also: ordinal, target, catboost"
    )
    lines = ["preprocessing:", f"  numeric: {{{numeric}", f"  categorical: {{{categorical}"]
    if many and len(draft.tasks) == 1:
        lines.append("  columns:")
        lines += [f"    {quoted(name)}: {{encode: target}}   # {draft.frame[name].nunique():,} levels" for name in many]
    return "\n".join([*lines, ""])


def _model(draft: _Draft) -> str:
    units = "[32]" if len(draft.frame) < 500 else "[64, 32]" if len(draft.frame) < 5000 else "[128, 64]"
    kind = "sequential" if len(draft.tasks) == 1 else "multi_output"
    return f"model:\n  kind: {kind}\n  hidden_units: {units}\n  activation: relu\n  dropout: 0.1\n"


def _preset(draft: _Draft, preset: str) -> str:
    lines = [
        "model:",
        "  kind: tabular",
        f"  preset: {preset:<7}        # also: fast, good, best; what a recipe says itself comes before the preset",
        "",
        "# The preset fills preprocessing, model and training; a run's config.yaml has every value.",
    ]
    if len(draft.tasks) > 1:
        lines += ["training:", "  callbacks: {monitor: val_loss}   # the sum of the targets' losses"]
    return "\n".join([*lines, ""])


def _training(draft: _Draft) -> str:
    batch = 16 if len(draft.frame) < 500 else 64 if len(draft.frame) < 5000 else 256
    return f"""training:
  epochs: 200              # at most: early stopping ends it
  batch_size: {batch}
  optimizer: {{kind: adam, learning_rate: 0.001}}
  callbacks:
    monitor: val_loss
    early_stopping: {{patience: 15}}
    schedule: {{kind: reduce_on_plateau, factor: 0.5, patience: 6}}
"""

"""A recipe whose rows are streamed -> a :class:`~nnrecipes.data.build.Dataset` in which most rows stay in their files.

Its frame holds the validation rows, the test rows and a sample of the training rows; ``stream`` has all of these.
Types are guessed by the first rows, all else is known after one pass.
"""

from collections import Counter, deque
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from nnrecipes.config.data import CsvSource, ParquetSource
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.config.streaming import check_streaming
from nnrecipes.config.targets import Task
from nnrecipes.data.build import Dataset, choose_schema, decimal_mark, declared_types, refuse
from nnrecipes.data.columns import check_columns, source_name
from nnrecipes.data.header import source_files
from nnrecipes.data.held_out import capped, hold_out
from nnrecipes.data.infer import infer_types
from nnrecipes.data.missing import misfit_policies, missing_policy
from nnrecipes.data.quality import describe_flat, flatness
from nnrecipes.data.read import files_sha256
from nnrecipes.data.row_reader import RowReader
from nnrecipes.data.schema import Schema
from nnrecipes.data.splits import RowSplit
from nnrecipes.data.stream import Stream
from nnrecipes.data.survey import SAMPLE_ROWS, Read, Survey, survey
from nnrecipes.data.table import SHOWN, Table
from nnrecipes.data.tasks import choose_tasks, label_columns
from nnrecipes.data.totals import Categories
from nnrecipes.data.units import Unit, find_units, interleave
from nnrecipes.errors import ConfigError, DataError

HEAD = 65_536
"""Rows by which the types of columns are guessed."""


def load_streamed(config: RecipeConfig, say: Callable[[str], None] | None = None, read: Read | None = None) -> Dataset:
    """Read all rows once; type, check and split them, and keep those that memory is meant for.

    Args:
        config: The recipe.
        say: Called with a line now and then.
        read: What reads all units, by default this process (:func:`~nnrecipes.data.survey.survey`).

    Raises:
        ConfigError: The recipe asks for what needs all rows in memory.
        DataError: What is wrong with the rows; of values that do not fit, those of the first block that has some.
    """
    problems = check_streaming(config)
    if problems:
        raise ConfigError([problem.text(config.name) for problem in problems])
    source = config.data.source
    assert isinstance(source, CsvSource | ParquetSource)
    origin, units = source_name(config.data), find_units(source)
    head = _head(units, source, origin)
    refuse([problem.text(origin) for problem in check_columns(config, tuple(head.frame.columns))])
    columns = label_columns(config.targets)
    labels = [column for group in columns.values() for column in group]
    decimal = decimal_mark(config.data)
    guesses = infer_types(head.frame, declared_types(config), skip=labels, decimal=decimal)
    schema, notices, named = choose_schema(config, guesses)
    tasks, inferred = choose_tasks(head, config.targets, decimal=decimal)
    policies = {name: missing_policy(config, name, kind) for name, kind in schema.columns.items()}
    refuse(misfit_policies(policies, schema))

    held = hold_out(config.data.split, units, source, config.seed)
    found = survey(RowReader(config, units, schema, tasks, held, strict=False), config.seed, say, read)
    flat = _flat(schema, policies, found)
    left_out, problems_found = describe_flat(flat, origin, named, "the training rows")
    schema = schema.without(set(flat))
    refuse(problems_found + _classes(config, tasks, found, origin))
    if not schema.columns:
        expected = "expected a feature with two values or more. Received: none."
        raise DataError(" ".join([f"{origin}: {expected}", *[*notices, *left_out][:SHOWN]]))
    reader = RowReader(config, units, schema, tasks, held)
    refusing = [name for column in schema.columns if policies[column] == "refuse" for name in schema.expand(column)]
    if any(_gaps(found, name) for name in refusing):
        deque(reader.all_rows(), maxlen=0)  # the block with a missing value raises, with its file and row
    frame = pd.concat([found.sample, found.validation, found.test])[[*schema.features, *labels]].sort_index()
    split = RowSplit(*(part.index.to_numpy(dtype=np.int64) for part in (found.sample, found.validation, found.test)))
    rows = units[-1].first + units[-1].rows
    notices += [*inferred, *left_out, *capped(config.data.split, rows), _streamed(found, units)]
    stream = Stream(reader, found.rows, found.totals, found.unit_rows)
    sha256 = files_sha256(source_files(source.path, source.kind))
    return Dataset(frame, schema, tasks, split, tuple(notices), guesses, origin, sha256, stream)


def _head(units: list[Unit], source: CsvSource | ParquetSource, origin: str) -> Table:
    frames, rows = [], 0
    for table in interleave(units, source, open_at_once=1):
        frames.append(table.frame)
        rows += len(table.frame)
        if rows >= HEAD:
            break
    return Table(pd.concat(frames, ignore_index=True).iloc[:HEAD], origin)


def _gaps(found: Survey, feature: str) -> bool:
    """Whether a feature has missing values."""
    held = (found.validation, found.test)
    return found.totals[feature].gaps > 0 or any(bool(frame[feature].isna().any()) for frame in held)


def _flat(schema: Schema, policies: Mapping[str, str], found: Survey) -> dict[str, str]:
    """The raw columns that tell nothing among the training rows, as with rows in memory."""
    flat = {}
    for column, policy in policies.items():
        totals = [found.totals[name] for name in schema.expand(column)]
        why = flatness(max(total.distinct for total in totals), any(total.gaps for total in totals), policy)
        if why:
            flat[column] = why
    return flat


def _classes(config: RecipeConfig, tasks: Mapping[str, Task], found: Survey, origin: str) -> list[str]:
    """Classes with too few rows, and such as training does not see."""
    problems = []
    for name, task in tasks.items():
        columns = label_columns(config.targets)[name]
        problems += [f"{origin}: target {column!r}: expected two values or more among the training rows. "
                     "Received: a constant." for column in columns if found.totals[column].distinct < 2]  # fmt: skip
        total = found.totals[columns[0]]
        if task == "multilabel" or not isinstance(total, Categories):
            continue
        every = Counter(total.counts)
        for part, frame in (("validation", found.validation), ("test", found.test)):
            counts = Counter(frame[name].tolist())
            every += counts
            unknown = sorted(set(counts) - set(total.counts))[:SHOWN]
            expected = "expected every class among the training rows"
            problems += [f"{origin}: target {name!r}: {expected}. Received: {value!r} only in {part}."
                         for value in unknown]  # fmt: skip
        few = {value: count for value, count in sorted(every.items()) if count < config.data.min_class_rows}
        expected = f"at least {config.data.min_class_rows} rows of every class (data.min_class_rows)"
        problems += [f"{origin}: target {name!r}: expected {expected}. Received: {count} of {value!r}."
                     for value, count in list(few.items())[:SHOWN]]  # fmt: skip
    return problems


def _streamed(found: Survey, units: list[Unit]) -> str:
    files = len({unit.file for unit in units})
    sample = "all" if found.rows <= SAMPLE_ROWS else f"{SAMPLE_ROWS:,}"
    plural = "s" if files > 1 else ""
    return (f"{found.rows:,} training rows are streamed from {files:,} file{plural}; {len(found.validation):,} "
            f"validation and {len(found.test):,} test rows stay in memory, and {sample} of the training rows for "
            "medians, quantiles, bins and baselines.")  # fmt: skip

"""Units of files -> typed rows with their sets, some thousand at a time: the one path of rows that are streamed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from nnrecipes.config.data import CsvSource, ParquetSource
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.config.targets import Task
from nnrecipes.data.held_out import DROP, TEST, TRAIN, VALIDATION, HeldOut, Sets
from nnrecipes.data.missing import find_missing, missing_policy
from nnrecipes.data.parse import Decimal
from nnrecipes.data.quality import missing_targets
from nnrecipes.data.schema import Schema, prepare
from nnrecipes.data.spec import derive_seed
from nnrecipes.data.table import Table
from nnrecipes.data.tasks import label_columns, parse_targets
from nnrecipes.data.units import Unit, interleave
from nnrecipes.errors import DataError

OPEN = 4
"""Units that are read in turn where the rows are shuffled."""


@dataclass(frozen=True)
class RowReader:
    """How rows are read, typed and told apart.

    Args:
        config: The recipe.
        units: All units in order.
        schema: The feature columns.
        tasks: Target -> task.
        held: What gives each row its set.
        strict: Whether a missing value is an error in a column whose policy refuses it.
    """

    config: RecipeConfig
    units: Sequence[Unit]
    schema: Schema
    tasks: dict[str, Task]
    held: HeldOut
    strict: bool = True

    @property
    def labels(self) -> list[str]:
        """The columns of the targets."""
        return [column for group in label_columns(self.config.targets).values() for column in group]

    @property
    def source(self) -> CsvSource | ParquetSource:
        """The files."""
        source = self.config.data.source
        if not isinstance(source, CsvSource | ParquetSource):
            raise DataError(f"data.stream: expected a source of kind csv or parquet. Received: {source.kind!r}.")
        return source

    def all_rows(self) -> Iterator[tuple[pd.DataFrame, Sets]]:
        """Yield typed rows in file order, with the set of each; rows that are dropped are not among them."""
        for table in interleave(self.units, self.source, self._columns(), self._numbers(), open_at_once=1):
            yield self._typed(table)

    def training_rows(self, order: npt.NDArray[np.int64] | None = None) -> Iterator[pd.DataFrame]:
        """Yield typed training rows.

        Args:
            order: The order of the units; some of them are then read in turn. None is the order of the files.
        """
        units = self.units if order is None else [self.units[place] for place in order]
        at_once = 1 if order is None else OPEN
        for table in interleave(units, self.source, self._columns(), self._numbers(), open_at_once=at_once):
            frame, sets = self._typed(table)
            yield rows_of(frame, sets == TRAIN)

    def shuffled(self, seed: int, epoch: int) -> Iterator[pd.DataFrame]:
        """Yield typed training rows of files and row groups in the order of one epoch."""
        rng = np.random.default_rng(derive_seed(seed, "units", epoch))
        return self.training_rows(rng.permutation(len(self.units)))

    def _columns(self) -> list[str]:
        extra = [self.held.column] if self.held.column else []
        return [*self.schema.columns, *self.labels, *extra]

    def _numbers(self) -> set[str]:
        known = {name for name, kind in self.schema.columns.items() if kind == "numeric"}
        known |= {name for name, task in self.tasks.items() if task == "regression"}
        return known - {self.held.column}

    def _typed(self, table: Table) -> tuple[pd.DataFrame, Sets]:
        ids, sets = table.frame.index, self._sets(table.frame)
        local = replace(table, frame=table.frame.set_axis(range(len(ids))))
        targets, problems = parse_targets(local, self.config.targets, self.tasks, decimal=self._decimal, complete=False)
        if problems:
            raise DataError(problems)
        frame = pd.concat([prepare(local, self.schema), targets], axis=1)
        kept = sets != DROP
        whole = bool(kept.all())
        gone, lines = missing_targets(targets if whole else targets[kept], local)
        if len(gone) and self.config.data.missing_target == "refuse":
            raise DataError(lines)
        kept[gone] = False
        known = frame if whole and not len(gone) else frame[kept]
        missing, _, problems = find_missing(known, local, self.schema, self._policies)
        if problems and self.strict:
            raise DataError(problems)
        kept[missing] = False
        frame = frame.set_axis(ids)
        return rows_of(frame, kept), sets[kept]

    def _sets(self, frame: pd.DataFrame) -> Sets:
        sets, more = self.held.sets(frame), self.config.data.fit_rows
        if more != "train":
            sets[sets == VALIDATION] = TRAIN
        if more == "all":
            sets[sets == TEST] = TRAIN
        return sets

    @property
    def _decimal(self) -> Decimal:
        return self.source.decimal if isinstance(self.source, CsvSource) else "."

    @property
    def _policies(self) -> dict[str, str]:
        return {name: missing_policy(self.config, name, kind) for name, kind in self.schema.columns.items()}


def rows_of(frame: pd.DataFrame, chosen: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """The rows that are chosen; the frame itself where all are."""
    return frame if chosen.all() else frame.take(np.flatnonzero(chosen))

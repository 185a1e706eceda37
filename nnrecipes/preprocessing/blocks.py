"""Streamed training rows -> blocks of arrays as the network takes them, an epoch after the other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nnrecipes.data.spec import Array, Arrays
from nnrecipes.data.stream import Stream
from nnrecipes.preprocessing.fold_sums import folds_of
from nnrecipes.preprocessing.preprocessor import Preprocessor


@dataclass(frozen=True)
class StreamedBlocks:
    """The training rows, read and transformed anew in each epoch.

    Args:
        stream: The rows.
        preprocessor: Fitted on them.
        folds: The preprocessor of each fold, where a target is averaged; else empty.
        weights: Target -> the weight of each of its classes; empty where all rows weigh 1.
        sample: Typed training rows, one or more.
        block_rows: Rows a block, about.
    """

    stream: Stream
    preprocessor: Preprocessor
    folds: tuple[Preprocessor, ...]
    weights: Mapping[str, Array]
    sample: pd.DataFrame
    block_rows: int

    def __len__(self) -> int:
        return self.stream.rows

    @property
    def few(self) -> Arrays:
        """One training row, by which a network is built."""
        return self.arrays(self.sample.iloc[:1])

    def epoch(self, seed: int, epoch: int, batch_size: int, *, shuffle: bool = True) -> Iterator[Arrays]:
        """Yield the training rows once, in blocks of whole batches; the last one has what is left.

        Args:
            seed: Of the run.
            epoch: The order of files and row groups depends on these two alone; rows within a block keep theirs.
            batch_size: Rows an update.
            shuffle: False takes the files in order.
        """
        reader, size = self.stream.reader, block_size(self.block_rows, batch_size)
        parts: list[Arrays] = []
        waiting = 0
        for frame in reader.shuffled(seed, epoch) if shuffle else reader.training_rows():
            if not len(frame):
                continue
            rest = self.arrays(frame)
            while waiting + len(rest) >= size:
                taken = size - waiting
                yield joined([*parts, some(rest, slice(0, taken))])
                parts, waiting, rest = [], 0, some(rest, slice(taken, len(rest)))
            parts.append(rest)
            waiting += len(rest)
        if waiting:
            yield joined(parts)

    def arrays(self, frame: pd.DataFrame) -> Arrays:
        """Return typed training rows as the network takes them."""
        truth = self.preprocessor.truth(frame)
        ones = np.ones(len(frame), dtype=np.float32)
        weights = {target.output: self.weights[target.name][truth[target.name]] if target.name in self.weights else ones
                   for target in self.preprocessor.spec.targets} if self.weights else {}  # fmt: skip
        return Arrays(self._features(frame), self.preprocessor.labels(frame), frame.index.to_numpy(), weights)

    def _features(self, frame: pd.DataFrame) -> dict[str, Array]:
        if not self.folds:
            return self.preprocessor.transform(frame)
        found: dict[str, Array] = {}
        own = folds_of(frame.index.to_numpy(), len(self.folds), self.preprocessor.plan.seed)
        for fold, preprocessor in enumerate(self.folds):
            rows = np.flatnonzero(own == fold)
            for name, values in preprocessor.transform(frame.iloc[rows]).items():
                found.setdefault(name, np.empty((len(frame), *values.shape[1:]), dtype=values.dtype))[rows] = values
        return found


def block_size(rows: int, batch_size: int) -> int:
    """Return the rows of a block: whole batches, one at least.

    Example:
        >>> block_size(1000, 64), block_size(10, 64)
        (960, 64)
    """
    return max(rows // batch_size, 1) * batch_size


def joined(parts: list[Arrays]) -> Arrays:
    """The rows of all, one behind the other."""
    if len(parts) == 1:
        return parts[0]

    def one(named: list[dict[str, Array]]) -> dict[str, Array]:
        return {name: np.concatenate([values[name] for values in named]) for name in named[0]}

    rows = np.concatenate([part.rows for part in parts])
    return Arrays(one([part.x for part in parts]), one([part.y for part in parts]), rows,
                  one([part.weights for part in parts]))  # fmt: skip


def some(arrays: Arrays, rows: slice) -> Arrays:
    """A part of the rows."""

    def one(named: Mapping[str, Array]) -> dict[str, Array]:
        return {name: values[rows] for name, values in named.items()}

    return Arrays(one(arrays.x), one(arrays.y), arrays.rows[rows], one(arrays.weights))

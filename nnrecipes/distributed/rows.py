"""Training rows -> the part of each batch that a replica takes: of arrays in memory, or of the files that it reads.

In memory each replica takes its part of the batches that one process would see. Of files each replica has a list of its
own, every ``world``-th row group from its rank on: the lists are disjoint, together they are all rows, and no list goes
to another replica between two epochs, so that what a machine has read once stays in its cache.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from nnrecipes.data.ahead import ahead
from nnrecipes.data.spec import Array, Arrays
from nnrecipes.distributed.parts import parts_of_one, parts_of_own, shares
from nnrecipes.preprocessing.blocks import StreamedBlocks
from nnrecipes.training.ensemble import take
from nnrecipes.training.randomness import block_order, epoch_order


class Rows(Protocol):
    """Training rows that replicas share."""

    @property
    def few(self) -> Arrays:
        """One row or more, by which a network is built."""
        ...

    def __len__(self) -> int:
        """How many rows an epoch has, of all replicas."""
        ...

    def parts(self, batch_size: int) -> Array:
        """Return the rows of each replica in each step of an epoch, int64 ``(steps, replicas)``."""
        ...

    def epoch(
        self, replica: int, seed: int, epoch: int, batch_size: int, *, shuffle: bool, first: int
    ) -> Iterator[Arrays]:
        """Yield a replica's part of each step from step ``first`` on, for as long as it has rows."""
        ...


@dataclass(frozen=True)
class MemoryRows:
    """Rows in memory, of which each replica takes its part of each batch."""

    arrays: Arrays
    replicas: int

    def __len__(self) -> int:
        return len(self.arrays)

    @property
    def few(self) -> Arrays:
        """One row."""
        return take(self.arrays, np.arange(1))

    def parts(self, batch_size: int) -> Array:
        """Return the rows of each replica in each step."""
        return parts_of_one(len(self), batch_size, self.replicas)

    def epoch(
        self, replica: int, seed: int, epoch: int, batch_size: int, *, shuffle: bool, first: int
    ) -> Iterator[Arrays]:
        """Yield the replica's part of each batch, in the order in which one process takes the rows."""
        order = epoch_order(self.arrays, seed, epoch) if shuffle else np.arange(len(self))
        for step, sizes in enumerate(self.parts(batch_size)):
            if step >= first:
                start = step * batch_size + sizes[:replica].sum()
                yield take(self.arrays, order[start : start + sizes[replica]])


@dataclass(frozen=True)
class StreamedRows:
    """Rows in files: each replica reads a list of units of its own.

    Args:
        blocks: All of them.
        unit_rows: Training rows of each unit, int64 ``(units,)``.
        replicas: How many lists there are.
    """

    blocks: StreamedBlocks
    unit_rows: Array
    replicas: int

    def __len__(self) -> int:
        return len(self.blocks)

    @property
    def few(self) -> Arrays:
        """One row."""
        return self.blocks.few

    def parts(self, batch_size: int) -> Array:
        """Return the rows of each replica in each step."""
        rows = np.array([self.unit_rows[replica :: self.replicas].sum() for replica in range(self.replicas)])
        return parts_of_own(rows, batch_size)

    def own(self, replica: int) -> StreamedBlocks:
        """The list of one replica."""
        stream = self.blocks.stream
        reader = replace(stream.reader, units=stream.reader.units[replica :: self.replicas])
        rows = int(self.unit_rows[replica :: self.replicas].sum())
        return replace(self.blocks, stream=replace(stream, reader=reader, rows=rows))

    def epoch(
        self, replica: int, seed: int, epoch: int, batch_size: int, *, shuffle: bool, first: int
    ) -> Iterator[Arrays]:
        """Yield the replica's part of each step; those before ``first`` are read and left out."""
        size, own, done = int(shares(batch_size, self.replicas)[replica]), self.own(replica), 0
        if not len(own):
            return
        with closing(ahead(own.epoch(seed, epoch, size, shuffle=shuffle))) as coming:
            for number, block in enumerate(coming):
                order = block_order(len(block), seed, epoch, number) if shuffle else np.arange(len(block))
                for start in range(0, len(block), size):
                    if done >= first:
                        yield take(block, order[start : start + size])
                    done += 1

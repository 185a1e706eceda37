"""The pass over all training rows that preprocessing learns from, spread over the workers of a Ray cluster.

Each worker reads every ``workers``-th row group from its rank on; what they found is put together in the order of the
row groups, so that the statistics are those of one process, bit for bit.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from nnrecipes.config.distributed import DistributedConfig
from nnrecipes.data.row_reader import RowReader
from nnrecipes.data.survey import Part, Read, read_part
from nnrecipes.distributed.cluster import cluster
from nnrecipes.errors import NnRecipesError


def read_on_workers(section: DistributedConfig) -> Read:
    """Return what reads all units of a reader on the workers of a section."""
    return partial(_read, section)


def _read(
    section: DistributedConfig, reader: RowReader, seed: int, say: Callable[[str], None] | None = None
) -> Sequence[Part]:
    workers = min(section.workers, len(reader.units))
    if say:
        say(f"statistics of the training rows: {len(reader.units):,} row groups, read by {workers} workers")
    with cluster(section) as ray:
        task = ray.remote(num_cpus=section.cpus, max_retries=section.max_failures)(_part)
        whole = ray.put(reader)
        places = [list(range(rank, len(reader.units), workers)) for rank in range(workers)]
        try:
            parts: list[Part] = ray.get([task.remote(whole, own, seed) for own in places])
        except ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, NnRecipesError):
                raise error.cause from None
            raise
    return parts


def _part(reader: RowReader, places: Sequence[int], seed: int) -> Any:
    return read_part(reader, places, seed)

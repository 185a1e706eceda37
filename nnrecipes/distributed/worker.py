"""What each worker of a Ray training does: build the network, find where to begin, train, say what it came to."""

import json
import os
import resource
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.data.spec import Array, Arrays, DataSpec
from nnrecipes.errors import NnRecipesError
from nnrecipes.runs.files import write_json

if TYPE_CHECKING:
    from nnrecipes.distributed.rows import Rows

STORE = "checkpoints/ray"
ERROR, PROGRESS = "error.json", "progress.log"


@dataclass(frozen=True)
class Job:
    """What workers are sent.

    Args:
        config: The recipe.
        spec: Of its inputs and targets.
        weights: The values of the model's variables in the beginning.
        rows: Training rows.
        validation: Rows that are scored after each epoch.
        folder: The run folder, the same path on every machine.
    """

    config: RecipeConfig
    spec: DataSpec
    weights: list[Array]
    rows: "Rows"
    validation: Arrays | None
    folder: Path


def train_rank(given: Mapping[str, Any]) -> None:
    """Train one replica; Ray calls it in each worker.

    Args:
        given: ``job``, a reference to a :class:`Job`.
    """
    import ray
    from ray import train

    job: Job = ray.get(given["job"])
    rank, store = train.get_context().get_world_rank(), job.folder / STORE
    if (store / ERROR).is_file():
        return
    try:
        _train(job, rank, store)
    except NnRecipesError as error:
        write_json(store / ERROR, {"kind": type(error).__name__, "problems": str(error).splitlines()})
        raise


def _train(job: Job, rank: int, store: Path) -> None:
    from nnrecipes.training.startup import start_tensorflow

    start_tensorflow()
    import tensorflow as tf

    section = job.config.training.distributed
    assert section is not None
    tf.config.threading.set_intra_op_parallelism_threads(max(1, int(section.cpus)))
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    known = about(rank, strategy)
    write_json(store / worker_file(rank), known)
    from nnrecipes.distributed.position import RayPosition
    from nnrecipes.distributed.replica import callbacks_of_replica, fit_model, model_of_replica

    step = model_of_replica(job.config, job.spec, job.weights, strategy, job.rows.few)
    lines = (store / PROGRESS).open("a", encoding="utf-8") if rank == 0 else None
    callbacks = callbacks_of_replica(job.config, job.folder, first=rank == 0, lines=lines)
    position = RayPosition(step, callbacks, job.config.training.epochs, rank)
    if lines is not None and position.state is not None:
        lines.write(f"goes on after epoch {position.epoch} and {position.step:,} updates of the next one\n")
        lines.flush()
    began = time.monotonic()
    history = fit_model(job.config, step, job.rows, job.validation, position, callbacks)
    seconds = round(time.monotonic() - began, 3)
    position.finish(history)
    write_json(store / worker_file(rank), {**known, "memory": memory(), "seconds": seconds})


def about(rank: int, strategy: Any) -> dict[str, Any]:
    """What a worker says of itself before it trains; afterwards it adds its seconds and its memory then."""
    return {
        "rank": rank,
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "world_size": len(json.loads(os.environ["TF_CONFIG"])["cluster"]["worker"]),
        "replicas_in_sync": strategy.num_replicas_in_sync,
        "memory_before": memory(),
    }


def memory() -> float:
    """The most memory that this process had, in MiB."""
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit, 1)


def worker_file(rank: int) -> str:
    """The name of the file in which a worker says who it is."""
    return f"worker-{rank:05d}.json"

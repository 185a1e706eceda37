"""A recipe with ``training.distributed`` and its rows -> a trained network, as from one process.

The driver builds the network and sends its weights to the workers; their last checkpoint has what they came to.
"""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from nnrecipes.config.distributed import DistributedConfig
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.distributed.cluster import cluster
from nnrecipes.distributed.followed import followed
from nnrecipes.distributed.mirrored import train_mirrored
from nnrecipes.distributed.position import FINAL, STATE
from nnrecipes.distributed.rows import MemoryRows, Rows, StreamedRows
from nnrecipes.distributed.worker import ERROR, PROGRESS, STORE, Job, train_rank
from nnrecipes.errors import ConfigError, DataError, NnRecipesError, RunError
from nnrecipes.preprocessing.build import Prepared
from nnrecipes.training.build import Trained, compile_for, plan, say_diverged
from nnrecipes.training.ensemble import Ensemble
from nnrecipes.training.resume import State, load_resume
from nnrecipes.training.state import read_state
from nnrecipes.training.variables import assign_variables, read_variables

Say = Callable[[str], None]
WAIT = 0.2  # seconds
NOBODY: list[dict[str, Any]] = []
KINDS: dict[str, type[NnRecipesError]] = {kind.__name__: kind for kind in (ConfigError, DataError, RunError)}


def train_distributed(
    config: RecipeConfig,
    build: Callable[[int], keras.Model],
    prepared: Prepared,
    *,
    folder: Path,
    say: Say,
    state: State | None = None,
) -> Ensemble:
    """Train the recipe's network on several replicas.

    Args:
        config: The recipe.
        build: A seed -> the network with its first weights.
        prepared: Its rows.
        folder: The run folder.
        say: Called with lines.
        state: Of a training that was killed (:func:`distributed_state`).

    Raises:
        ConfigError: Ray is not installed, or there are no such devices.
        DataError: A worker could not read its rows.
        RunError: There is no such cluster, or workers were lost more often than the recipe allows.
    """
    section = config.training.distributed
    assert section is not None
    model = compile_for(build(config.seed), config)
    rows = rows_of_replicas(prepared, section)
    steps, idle = _steps(rows, config.training.batch_size)
    say(f"{plan(config, len(rows))}; {section.workers} workers ({section.engine})")
    if idle:
        say(f"in {idle:,} of the {steps:,} updates of an epoch not all workers have rows: their lists of row groups "
            "are of unequal length. More and smaller row groups are divided better")  # fmt: skip
    job = Job(config, prepared.preprocessor.spec, read_variables(model.variables), rows,
              prepared.validation if len(prepared.validation) else None, folder.absolute())  # fmt: skip
    if section.engine == "mirrored":
        history, workers = train_mirrored(job, model, state), NOBODY
    else:
        history, workers = _on_ray(job, section, model, say)
    say_diverged(history, config.training, say)
    return Ensemble(model, (Trained(history, section.engine, workers=tuple(workers)),))


def rows_of_replicas(prepared: Prepared, section: DistributedConfig) -> Rows:
    """The training rows, of each of which one replica has its share."""
    if prepared.blocks is None:
        return MemoryRows(prepared.train, section.workers)
    return StreamedRows(prepared.blocks, prepared.blocks.stream.unit_rows, section.workers)


def distributed_state(folder: Path, section: DistributedConfig) -> State | None:
    """What a training that was killed goes on from; None where there is no checkpoint."""
    if section.engine == "mirrored":
        return load_resume(folder)
    files = sorted((folder / STORE).glob(f"checkpoint_*/{STATE}"))
    return read_state(files[-1]) if files else None


def _steps(rows: Rows, batch_size: int) -> tuple[int, int]:
    """How many updates an epoch has, and in how many of them some replica has no rows."""
    parts = rows.parts(batch_size)
    return len(parts), int((parts == 0).any(axis=1).sum())


def _on_ray(job: Job, section: DistributedConfig, model: keras.Model, say: Say) -> tuple[Any, list[dict[str, Any]]]:
    store = job.folder / STORE
    (store / ERROR).unlink(missing_ok=True)
    with cluster(section) as ray, followed(store / PROGRESS, say):
        from ray.train import CheckpointConfig, FailureConfig, RunConfig, ScalingConfig
        from ray.train.tensorflow import TensorflowTrainer

        devices = {"CPU": section.cpus, **({"GPU": 1} if section.gpu else {})}
        trainer = TensorflowTrainer(
            train_rank,
            train_loop_config={"job": ray.put(job)},
            scaling_config=ScalingConfig(
                num_workers=section.workers, use_gpu=section.gpu, resources_per_worker=devices
            ),
            run_config=RunConfig(
                name=store.name,
                storage_path=str(store.parent),
                failure_config=FailureConfig(max_failures=section.max_failures),
                checkpoint_config=CheckpointConfig(num_to_keep=2),
            ),
        )
        failed = _fit(trainer)
    if (store / ERROR).is_file():
        found = json.loads((store / ERROR).read_text())
        raise KINDS.get(found["kind"], RunError)("\n".join(found["problems"]))
    if failed is not None:
        raise RunError(f"training.distributed: expected workers that train to the end. Received: {failed}")
    final = read_state(sorted(store.glob(f"checkpoint_*/{FINAL}"))[-1])
    assign_variables(model.variables, final["model"])
    return final["history"], [json.loads(file.read_text()) for file in sorted(store.glob("worker-*.json"))]


def _fit(trainer: Any) -> str | None:
    """Train; return why the workers failed, if they did.

    It runs in a thread: in the main one Ray would take Ctrl-C for itself, for good, and end this process as if all was
    well.
    """
    from ray.train import TrainingFailedError

    ended: list[Exception | None] = []

    def work() -> None:
        try:
            trainer.fit()
        except Exception as error:
            ended.append(error)
        else:
            ended.append(None)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(WAIT)  # and hear Ctrl-C now and then
    error = ended[0]
    if isinstance(error, TrainingFailedError):
        return " ".join(str(error).split())[-600:]
    if error is not None:
        raise error
    return None

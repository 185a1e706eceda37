"""The ``training.distributed`` section: processes or GPUs that train one network together, and what they cannot do."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from nnrecipes.config.base import Positive, PositiveInt, Section
from nnrecipes.config.problem import Problem
from nnrecipes.errors import ConfigError

if TYPE_CHECKING:
    from nnrecipes.config.recipe import RecipeConfig


class DistributedConfig(Section):
    """``workers`` copies of the network, each of which takes its part of every batch of ``batch_size`` rows.

    ``ray``: a process each, on this machine, or on those of the Ray cluster at ``address`` (``auto``, ``HOST:PORT``,
    ``ray://HOST:PORT``); all of them reach the run folder and the files of the rows by the same paths. ``mirrored``: a
    GPU of this machine each. ``checkpoint_every`` updates, and after each epoch, a checkpoint is kept from which the
    workers go on where one of them is lost, ``max_failures`` times at most. ``cpus`` and ``gpu`` are what Ray sets
    aside for a worker, ``object_store`` the MiB of its shared memory where it is started here.
    """

    engine: Literal["ray", "mirrored"] = "ray"
    workers: Annotated[int, Field(ge=1, le=1024)] = 2
    address: str | None = None
    cpus: Positive = 1.0
    gpu: bool = False
    checkpoint_every: Annotated[int, Field(ge=0)] = 0
    max_failures: Annotated[int, Field(ge=0)] = 3
    object_store: PositiveInt = 100


WHERE = "where several workers train (training.distributed)"


def check_distributed(config: "RecipeConfig") -> list[Problem]:
    """Return everything that does not go with several workers."""
    if config.training.distributed is None:
        return []
    return [*_training(config), *_optimizer(config), *_engine(config), *_rest(config)]


def notices_of_one_process(config: "RecipeConfig", what: str) -> list[str]:
    """A line where networks that are trained on the way do not use the recipe's workers.

    Args:
        config: The recipe.
        what: The networks, in words.
    """
    if config.training.distributed is None:
        return []
    return [f"training.distributed: {what} train in this process, with the same global batches"]


def no_callbacks_of_your_own(config: "RecipeConfig", callbacks: Sequence[Any]) -> None:
    """Refuse callbacks that were given from Python, as they would act in other processes.

    Raises:
        ConfigError: There are some.
    """
    if config.training.distributed is not None and callbacks:
        received = ", ".join(type(item).__name__ for item in callbacks)
        raise ConfigError(f"callbacks: expected none {WHERE}. Received: {received}.")


def _training(config: "RecipeConfig") -> Iterator[Problem]:
    training, key = config.training, ("training",)
    assert training.distributed is not None
    if training.trainer != "auto":
        yield Problem((*key, "trainer"), f"auto {WHERE}", repr(training.trainer))
    if training.ensemble > 1:
        yield Problem((*key, "ensemble"), f"1 {WHERE}", repr(training.ensemble))
    if training.batch_size < training.distributed.workers:
        expected = f"{training.distributed.workers} rows or more, one for each worker"
        yield Problem((*key, "batch_size"), expected, repr(training.batch_size))
    board = training.callbacks.tensorboard
    if board and (board.update_freq != "epoch" or board.write_steps_per_second or board.profile_batch):
        expected = f"update_freq: epoch, without steps and profile, {WHERE}"
        yield Problem((*key, "callbacks", "tensorboard"), expected, "one that acts at batches")


def _optimizer(config: "RecipeConfig") -> Iterator[Problem]:
    optimizer = config.training.optimizer
    for name in ("use_ema", "gradient_accumulation_steps", "loss_scale_factor"):
        if optimizer.get(name):
            yield Problem(("training", "optimizer", name), f"nothing {WHERE}", repr(optimizer[name]))


def _engine(config: "RecipeConfig") -> Iterator[Problem]:
    section, key = config.training.distributed, ("training", "distributed")
    assert section is not None
    if section.engine == "ray":
        return
    for name, plain in (("address", None), ("checkpoint_every", 0)):
        if getattr(section, name) != plain:
            expected = f"{'nothing' if plain is None else plain} with engine: mirrored"
            yield Problem((*key, name), expected, repr(getattr(section, name)))


def _rest(config: "RecipeConfig") -> Iterator[Problem]:
    if config.model.kind in ("own", "siamese"):
        why = "is given from Python" if config.model.kind == "own" else "compares the rows of a whole batch"
        yield Problem(("model", "kind"), f"a recipe's model other than siamese {WHERE}: this one {why}",
                      repr(config.model.kind))  # fmt: skip
    if config.evaluation.cross_validate:
        yield Problem(("evaluation", "cross_validate"), f"0 {WHERE}", repr(config.evaluation.cross_validate))

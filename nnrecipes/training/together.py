"""Compiled models of one form, with rows and seeds of their own -> trained models, in one program.

Each member has the callbacks, the order of rows, the random layers and the history of its own training. One that has
stopped keeps its weights while the others go on, and one that is behind the others, as after a kill between the files
of two members, catches up first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from nnrecipes.data.spec import Arrays
from nnrecipes.training.compiled import build_state
from nnrecipes.training.fit import EVALUATION_ROWS, History, build, rows_of, updates
from nnrecipes.training.member_program import MemberProgram, member_program_of
from nnrecipes.training.program import Logs, Tensors
from nnrecipes.training.randomness import EpochRandomness, epoch_order


@dataclass
class Member:
    """One model of several, and what its training is.

    Args:
        model: Compiled; all members have one form.
        train: Training rows, as many as the others have.
        validation: Rows that are scored after each epoch.
        seed: Of the run that would train it alone.
        callbacks: Keras callbacks that act at epochs.
        initial_epoch: The epoch to start with.
    """

    model: keras.Model
    train: Arrays
    validation: Arrays | None
    seed: int
    callbacks: Sequence[Any] = ()
    initial_epoch: int = 0
    listening: Any = field(default=None, init=False)
    logs: Logs | None = field(default=None, init=False)


def fit_together(
    members: Sequence[Member],
    *,
    epochs: int,
    batch_size: int,
    shuffle: bool = True,
    xla: bool = False,
    say: Callable[[str], None] | None = None,
    watch: Callable[[int, list[Logs]], None] | None = None,
) -> list[History]:
    """Train the models in place and return what the epochs of each logged.

    Args:
        members: Two or more, with equal numbers of rows.
        epochs: The epoch to stop before.
        batch_size: Rows an update.
        shuffle: Whether each epoch takes the rows in an order of its own.
        xla: Whether XLA compiles the epoch.
        say: Called with a line where XLA cannot.
        watch: Called with an epoch and the logs of the members that trained in it.

    Returns:
        For each member, name -> value of each epoch.

    Raises:
        UnstackedError: An operation of the network has no form for several members; nothing has begun then.
    """
    for member in members:
        build(member.model, member.train, member.seed)
        build_state(member.model, member.train)
    program = _program(members, batch_size, xla)
    rows = stacked([member.train for member in members])
    scored = None if members[0].validation is None else stacked([member.validation for member in members])
    program.prepare(tf.zeros((len(members), len(members[0].train)), tf.int32), rows, scored)
    for member in members:
        _begin(member, epochs, batch_size)
    at = [member.initial_epoch for member in members]
    alive = [_goes_on(member, at[place], epochs) for place, member in enumerate(members)]
    while any(alive):
        epoch = min(number for number, goes in zip(at, alive, strict=True) if goes)
        now = [goes and number == epoch for number, goes in zip(at, alive, strict=True)]
        _train(program, members, now, epoch, shuffle, rows, scored)
        for place, member in enumerate(members):
            if now[place]:
                at[place] += 1
                alive[place] = _goes_on(member, at[place], epochs)
        if watch:
            watch(epoch, [member.logs or {} for member, is_now in zip(members, now, strict=True) if is_now])
        if say and program.functions.refused:
            say(f"trainer graph: XLA cannot compile these models: {program.functions.refused}")
            say = None
    return [{name: [float(value) for value in values] for name, values in member.model.history.history.items()}
            for member in members]  # fmt: skip


def stacked(sets: Sequence[Any]) -> Tensors:
    """Rows of the members -> tensors that all share, where they are the same object, or ``(members, rows, ...)``."""
    if _shared(sets):
        return tf.nest.map_structure(tf.constant, rows_of(sets[0]))
    return tf.nest.map_structure(lambda *values: tf.constant(np.stack(values)), *map(rows_of, sets))


def _shared(sets: Sequence[Any]) -> bool:
    return all(each is sets[0] for each in sets)


def _program(members: Sequence[Member], batch_size: int, xla: bool) -> MemberProgram:
    shared = _shared([member.train for member in members]), _shared([member.validation for member in members])
    return member_program_of([member.model for member in members], batch_size=batch_size, xla=xla, shared=shared,
                             validation_batch_size=max(batch_size, EVALUATION_ROWS))  # fmt: skip


def _begin(member: Member, epochs: int, batch_size: int) -> None:
    member.listening = keras.callbacks.CallbackList(
        [EpochRandomness(seed=member.seed), *member.callbacks],
        add_history=True,
        model=member.model,
        epochs=epochs,
        verbose=0,
        steps=updates(len(member.train), batch_size, 1),
    )
    member.model.stop_training = False
    member.listening.on_train_begin()


def _goes_on(member: Member, epoch: int, epochs: int) -> bool:
    """Whether a member trains in this epoch too; if not, its training ends here."""
    if epoch < epochs and not member.model.stop_training:
        return True
    member.model.optimizer.finalize_variable_values(member.model.trainable_weights)
    member.listening.on_train_end(member.logs)
    return False


def _train(
    program: MemberProgram,
    members: Sequence[Member],
    now: Sequence[bool],
    epoch: int,
    shuffle: bool,
    rows: Tensors,
    scored: Tensors | None,
) -> None:
    """Train one epoch of those whose turn it is."""
    for member, is_now in zip(members, now, strict=True):
        if is_now:
            member.listening.on_epoch_begin(epoch)
    plain = np.arange(len(members[0].train))
    order = np.stack([epoch_order(member.train, member.seed, epoch) if shuffle else plain for member in members])
    logs = program.epoch(tf.constant(list(now)), tf.constant(order, dtype=tf.int32), rows, scored)
    for member, is_now, found in zip(members, now, logs, strict=True):
        if is_now:
            member.logs = found
            member.listening.on_epoch_end(epoch, found)

"""Compiled models of one form -> functions, each of which trains or scores all of them for an epoch at once.

The variables of the members are stacked when an epoch begins, ``(members, ...)``, a step is the step of one model
mapped over the first axis (:func:`tf.vectorized_map`), and each member gets its own values back when the epoch ends.
Callbacks therefore find every model as its own training would leave it.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import keras
import tensorflow as tf
from tensorflow.python.ops.parallel_for import pfor

from nnrecipes.training.form import form_of
from nnrecipes.training.functions import Functions
from nnrecipes.training.program import Logs, Tensors
from nnrecipes.training.stateless import Values, fresh_metrics, results, split_variables, test_step, train_step

KEPT = 4
PROGRAMS: OrderedDict[Any, "MemberProgram"] = OrderedDict()
"""The latest programs of this process, by form; the last one was used last."""


def member_program_of(
    models: Sequence[keras.Model],
    *,
    batch_size: int,
    validation_batch_size: int,
    xla: bool,
    shared: tuple[bool, bool] = (True, True),
) -> "MemberProgram":
    """Return the program of these models' form, bound to them: one that is there, or a new one."""
    form = (form_of(models[0]), len(models), batch_size, validation_batch_size, xla, shared)
    if form not in PROGRAMS or form[0] is None:
        PROGRAMS[form] = MemberProgram(batch_size=batch_size, validation_batch_size=validation_batch_size, xla=xla,
                                       shared=shared)  # fmt: skip
    PROGRAMS.move_to_end(form)
    while len(PROGRAMS) > KEPT:
        PROGRAMS.popitem(last=False)
    PROGRAMS[form].bind(models)
    return PROGRAMS[form]


class UnstackedError(Exception):
    """An operation has no form for several members; its name is the argument."""


class MemberProgram:
    """The functions of some models of one form; each form of data is traced once.

    Args:
        batch_size: Rows an update.
        validation_batch_size: Rows a step of the validation.
        xla: Whether XLA compiles them.
        shared: Whether all members share the training rows, and the validation rows.
    """

    def __init__(self, *, batch_size: int, validation_batch_size: int, xla: bool, shared: tuple[bool, bool]) -> None:
        self.batch_size = batch_size
        self.validation_batch_size = validation_batch_size
        self.shared = shared
        self.functions = Functions(xla=xla)
        self._names: list[str] = []

    def bind(self, models: Sequence[keras.Model]) -> None:
        """Train these models from now on; each has the variables of its metrics and of its optimizer."""
        states = [split_variables(model)[0] for model in models]
        if self.functions.bind([variable for state in states for variable in state]):
            self.model, self._states = models[0], states
            self._state, self._metrics = split_variables(models[0])

    def epoch(self, active: Any, order: Any, rows: Tensors, validation: Tensors | None = None) -> list[Logs]:
        """Train one epoch, then score the validation rows, whose logs begin with ``val_``.

        Args:
            active: Bool ``(members,)``; the others keep their values.
            order: int32 ``(members, rows)``, by which each takes its rows.
            rows: Tensors ``(rows, ...)`` where all share them, else ``(members, rows, ...)``.
            validation: The same.
        """
        found = self.functions.call(self._epoch, *_given(active, order, rows, validation))
        return [dict(zip(self._names, values, strict=True)) for values in found.tolist()]

    def prepare(self, order: Any, rows: Tensors, validation: Tensors | None = None) -> None:
        """Trace the epoch, so that what cannot be is known before anything begins.

        Raises:
            UnstackedError: An operation of the network has no form for several members.
        """
        given = _given(tf.constant([True] * len(self._states)), order, rows, validation)
        try:
            self.functions.trace(self._epoch, given, tf.nest.flatten(given))
        except (ValueError, TypeError, NotImplementedError) as error:
            found = re.search(r"No (?:pfor vectorization|converter) (?:defined )?for (\w+)", str(error))
            raise UnstackedError(found[1] if found else "one of its operations") from error

    def _epoch(self, active: Any, order: Any, rows: Tensors, validation: Tensors | None = None) -> Any:
        teach_bitcast()
        before = [tf.stack([each.value for each in of_members]) for of_members in zip(*self._states, strict=True)]
        fresh = [tf.stack([value] * len(self._states)) for value in fresh_metrics(self.model, self._metrics)]
        take = partial(self._taken, rows, order)
        after = self._loop(train_step, [*before, *fresh], take, order.shape[1], self.batch_size)
        after, metrics = after[: len(before)], after[len(before) :]
        for of_members, new, old in zip(zip(*self._states, strict=True), after, before, strict=True):
            for place, variable in enumerate(of_members):
                variable.value.assign(tf.where(active[place], new[place], old[place]))
        parts = [self._results("", metrics)]
        if validation is not None:
            count = tf.nest.flatten(validation)[0].shape[0 if self.shared[1] else 1]
            take = partial(self._part, validation)
            scored = self._loop(test_step, [*after, *fresh], take, count, self.validation_batch_size)
            parts.append(self._results("val_", scored[len(before) :]))
        self._names = [name for names, _ in parts for name in names]
        return tf.concat([values for _, values in parts], axis=1)

    def _loop(self, step: Callable[..., Values], values: Values, take: Callable[..., Any], rows: int, size: int) -> Any:
        """Make the steps; a last, shorter batch is a step of its own behind the loop."""
        whole = rows // size
        if whole:
            body = lambda number, given: (number + 1, self._mapped(step, given, take(number * size, size)))  # noqa: E731
            values = tf.while_loop(lambda number, _: number < whole, body, (0, values))[1]
        if whole * size < rows:
            values = self._mapped(step, values, take(whole * size, rows - whole * size))
        return values

    def _mapped(self, step: Callable[..., Values], values: Values, batch: Any) -> Values:
        """One step of all members."""
        variables = [*self._state, *self._metrics]
        one = lambda given: step(self.model, variables, *given)  # noqa: E731
        made = tf.vectorized_map(one, (values, batch), fallback_to_while_loop=False)
        return [tf.ensure_shape(new, old.shape) for new, old in zip(made, values, strict=True)]

    def _taken(self, rows: Tensors, order: Any, start: Any, size: int) -> Tensors:
        """The rows of a training step, ``(members, size, ...)``."""
        numbers = tf.slice(order, [0, start], [order.shape[0], size])
        depth = 0 if self.shared[0] else 1
        return _hidden(tf.nest.map_structure(lambda values: tf.gather(values, numbers, batch_dims=depth), rows))

    def _part(self, rows: Tensors, start: Any, size: int) -> Tensors:
        """The rows of a step of validation, likewise."""

        def part(values: Any) -> Any:
            if self.shared[1]:
                taken = tf.slice(values, [start, *[0] * (values.shape.rank - 1)], [size, *values.shape[1:]])
                return tf.stack([taken] * len(self._states))
            members, _, *rest = values.shape
            return tf.slice(values, [0, start, *[0] * len(rest)], [members, size, *rest])

        return _hidden(tf.nest.map_structure(part, rows))

    def _results(self, prefix: str, values: Values) -> tuple[list[str], Any]:
        """Names, and float64 ``(members, names)``."""
        found = tf.vectorized_map(lambda given: results(self.model, self._metrics, given), values,
                                  fallback_to_while_loop=False)  # fmt: skip
        return [prefix + name for name in found], tf.stack([tf.cast(value, tf.float64) for value in found.values()], 1)


def _given(*arguments: Any) -> tuple[Any, ...]:
    return tuple(argument for argument in arguments if argument is not None)


def _hidden(rows: Tensors) -> Tensors:
    """The same rows, of which the traced step is not told the number; see ``any_number`` of the program of one."""

    def hide(values: Any) -> Any:
        return tf.compat.v1.placeholder_with_default(values, [values.shape[0], None, *values.shape[2:]])

    return tf.nest.map_structure(hide, rows)


def teach_bitcast() -> None:
    """Tell TensorFlow's vectorisation of a missing operation, which random bits and Keras' accuracy use."""
    if "Bitcast" not in pfor._pfor_converter_registry:
        pfor.RegisterPFor("Bitcast")(_bitcast)


def _bitcast(given: Any) -> Any:
    return pfor.wrap(tf.bitcast(given.stacked_input(0), given.get_attr("type")))

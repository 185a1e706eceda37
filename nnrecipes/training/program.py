"""A compiled model -> TensorFlow functions, each of which trains a whole epoch or scores all validation rows.

``Model.fit`` calls a function for each batch, and on a small network spends more time between the calls than in them.
Here the loop over the batches stands inside the function: rows stay in memory as tensors, each step gathers its own
by the epoch's order and calls the model's ``train_step``, and what comes out is one vector with all logs.

Where XLA compiles the function every shape is fixed, and a last, shorter batch is a step of its own behind the loop.
Without XLA the loop runs as a graph.
"""

import math
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from nnrecipes.data.spec import Array
from nnrecipes.training.form import form_of, variables_of
from nnrecipes.training.functions import Functions
from nnrecipes.training.given import reads_given

Logs = dict[str, float]
Tensors = Any
"""``(x, y)`` or ``(x, y, sample weights)``, each a tensor ``(rows, ...)`` or a dict of them."""


def program_of(model: keras.Model, *, batch_size: int, validation_batch_size: int, xla: bool) -> "Program":
    """Return the program of a model's form, bound to this model: one that is there, or a new one.

    The latest programs of this process are kept; that of a model without a form lies in the model.
    """
    form = (form_of(model), batch_size, validation_batch_size, xla)
    kept = PROGRAMS if form[0] else vars(model).setdefault("_nnrecipes_programs", OrderedDict())
    if form[0] is None and form in kept and not kept[form].fits(model):
        kept.clear()
    if form not in kept:
        kept[form] = Program(batch_size=batch_size, validation_batch_size=validation_batch_size, xla=xla)
    kept.move_to_end(form)
    while len(kept) > KEPT:
        kept.popitem(last=False)
    program: Program = kept[form]
    program.bind(model)
    return program


KEPT = 8
PROGRAMS: OrderedDict[Any, "Program"] = OrderedDict()
"""The latest programs of this process, by form; the last one was used last."""


class Program:
    """The functions of all models of one form; each form of data is traced once.

    Args:
        batch_size: Rows an update.
        validation_batch_size: Rows a step of the validation.
        xla: Whether XLA compiles them; where it cannot, they run as graphs, and ``refused`` says why.
    """

    def __init__(self, *, batch_size: int, validation_batch_size: int, xla: bool) -> None:
        self.batch_size = batch_size
        self.validation_batch_size = validation_batch_size
        self.functions = Functions(xla=xla)
        self._names: dict[str, list[str]] = {}
        self._parts: list[int] = []

    @property
    def xla(self) -> bool:
        """Whether XLA compiles."""
        return self.functions.xla

    @property
    def refused(self) -> str | None:
        """Why XLA could not compile."""
        return self.functions.refused

    def bind(self, model: keras.Model) -> None:
        """Train this model from now on, which has the variables of its metrics and of its optimizer."""
        if self.functions.bind(variables_of(model)):
            self.model = model
            own = type(model).train_step is not keras.Model.train_step  # which may have loops of Python
            self._train_step = tf.function(
                model.train_step, autograph=own
            )  # traced for the loop and the step behind it
            self._test_step = tf.function(model.test_step, autograph=own)
            self._parts = _parts(model)

    def fits(self, model: keras.Model) -> bool:
        """Whether the program was made for this model, compiled and frozen as it is."""
        return self._parts == _parts(model)

    def train(self, order: Any, rows: Tensors) -> Logs:
        """Train one epoch on the rows, taken in ``order``, int32 ``(rows,)``."""
        return self._named(("train",), self.functions.call(self._train, order, rows))

    def block(self, order: Any, rows: Tensors) -> Logs:
        """Go on with an epoch on a block of its rows; what its metrics know goes on, too."""
        return self._named(("train",), self.functions.call(self._block, order, rows))

    def validate(self, rows: Tensors) -> Logs:
        """Score the rows; the logs begin with ``val_``."""
        return self._named(("validate",), self.functions.call(self._validate, rows))

    def epoch(self, order: Any, rows: Tensors, validation: Tensors) -> Logs:
        """Do both in one call."""
        return self._named(("train", "validate"), self.functions.call(self._epoch, order, rows, validation))

    def _named(self, parts: tuple[str, ...], values: Array) -> Logs:
        return dict(zip([name for part in parts for name in self._names[part]], values.tolist(), strict=True))

    def _epoch(self, order: Any, rows: Tensors, validation: Tensors) -> Any:
        return tf.concat([self._train(order, rows), self._validate(validation)], axis=0)

    def _train(self, order: Any, rows: Tensors) -> Any:
        self.model.reset_metrics()
        return self._block(order, rows)

    def _block(self, order: Any, rows: Tensors) -> Any:
        model, size, count, logs = self.model, self.batch_size, order.shape[0], {}
        inside = self._steps_inside("train_step", count, size)
        with reads_given(model):
            _repeat(inside, lambda step: self._train_step(_take(rows, self._window(order, step * size, size, count))))
            if inside * size < count:
                logs = self._train_step(_take(rows, order[inside * size :]))
        return self._packed("train", "", _final(model, logs))

    def _validate(self, rows: Tensors) -> Any:
        model, size, logs = self.model, self.validation_batch_size, {}
        count = tf.nest.flatten(rows)[0].shape[0]
        model.reset_metrics()
        inside = self._steps_inside("test_step", count, size)
        _repeat(inside, lambda step: self._test_step(self._part(rows, step * size, size, count)))
        if inside * size < count:
            logs = self._test_step(self._part(rows, inside * size, count - inside * size, count))
        return self._packed("validate", "val_", _final(model, logs))

    def _steps_inside(self, name: str, rows: int, size: int) -> int:
        """How many steps the loop has; the last one stands behind it where it is shorter, or its own logs count."""
        if getattr(type(self.model), name) is not getattr(keras.Model, name):
            return math.ceil(rows / size) - 1
        return rows // size if self.xla else math.ceil(rows / size)

    def _part(self, rows: Tensors, start: Any, size: int, count: int) -> Tensors:
        return any_number(each_once(lambda values: self._window(values, start, size, count), rows))

    def _window(self, values: Any, start: Any, size: int, count: int) -> Any:
        """``size`` rows from ``start``, or as many as there are; for XLA the number is fixed."""
        if self.xla:
            return tf.slice(values, [start, *[0] * (values.shape.rank - 1)], [size, *values.shape[1:]])
        return values[start : tf.minimum(start + size, count)]

    def _packed(self, part: str, prefix: str, logs: dict[str, Any]) -> Any:
        """One vector of all logs, float64 so that no value changes; their names are kept while it is traced."""
        self._names[part] = [prefix + name for name in logs]
        return tf.stack([tf.cast(value, tf.float64) for value in logs.values()])


def _repeat(times: int, step: Callable[[Any], Any]) -> None:
    """Make so many steps in a loop of the program; written out, as converting Python's takes a second in a process."""

    def body(number: Any) -> Any:
        step(number)
        return number + 1

    if times:
        tf.while_loop(lambda number: number < times, body, [tf.constant(0)])


def _parts(model: keras.Model) -> list[int]:
    return [id(part) for part in (model.optimizer, *model.metrics, *model.trainable_variables)]


def _take(rows: Tensors, numbers: Any) -> Tensors:
    return any_number(each_once(lambda values: tf.gather(values, numbers), rows))


def each_once(function: Callable[[Any], Any], rows: Tensors) -> Tensors:
    """Map a function over the tensors in ``rows``; it is called once for one that stands there twice."""
    done: dict[int, Any] = {}

    def once(values: Any) -> Any:
        if id(values) not in done:
            done[id(values)] = function(values)
        return done[id(values)]

    return tf.nest.map_structure(once, rows)


def any_number(rows: Tensors) -> Tensors:
    """The same rows, of which the traced function is not told the number, as ``fit`` does not tell it.

    Keras weighs the loss of an output by the rows of a batch only where it is told the number.
    """

    def hide(values: Any) -> Any:
        return tf.compat.v1.placeholder_with_default(values, [None, *values.shape[1:]])

    return each_once(hide, rows)


def _final(model: keras.Model, logs: dict[str, Any]) -> dict[str, Any]:
    """What ``fit`` logs: the metrics' results, or what a step of the model's own returned."""
    results = model.get_metrics_result()
    chosen = results if not logs or set(logs) == set(results) else logs
    flat: dict[str, Any] = {}
    for name, value in chosen.items():
        flat.update(value if isinstance(value, dict) else {name: value})
    return flat

"""A compiled model and arrays -> a trained model and its history, where Keras runs on JAX: an epoch as one program.

The contract is that of :func:`~nnrecipes.training.fit.fit_keras`. Keras' own training step is a function of the state
on this backend, so that an epoch is a ``jax.lax.scan`` of it over the rows' numbers, compiled once for a form of model
and of data. Rows stay in memory as arrays of JAX, and each step gathers its own.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import jax
import keras

from nnrecipes.data.spec import Arrays
from nnrecipes.training.by_epoch import Logs, scored, train_by_epoch
from nnrecipes.training.compiled import build_state
from nnrecipes.training.fit import EVALUATION_ROWS, History, build, rows_of, updates
from nnrecipes.training.form import form_of
from nnrecipes.training.given import numbers_of
from nnrecipes.training.randomness import epoch_order

State = list[list[Any]]
Form = tuple[Any, tuple[int, ...]]
KEPT = 8
PROGRAMS: OrderedDict[Any, "Scan"] = OrderedDict()
"""The latest programs of this process, by form; the last one was used last."""


def fit_scanned(
    model: keras.Model,
    train: Arrays,
    validation: Arrays | None = None,
    *,
    epochs: int,
    batch_size: int,
    shuffle: bool = True,
    seed: int = 0,
    callbacks: Sequence[Any] = (),
    initial_epoch: int = 0,
) -> History:
    """Train ``model`` in place and return what each epoch logged.

    Args:
        model: A compiled model, on the backend JAX.
        train: Training rows.
        validation: Rows that are scored after each epoch, without weights being changed.
        epochs: The epoch to stop before.
        batch_size: Rows an update.
        shuffle: Whether each epoch takes the rows in an order of its own.
        seed: Of the run.
        callbacks: Keras callbacks that act at epochs; their hooks of batches are not called.
        initial_epoch: The epoch to start with; an epoch's order and dropout depend on its number alone.

    Returns:
        Name -> value of each epoch.
    """
    build(model, train, seed)
    build_state(model, train)
    program = scan_of(model, batch_size=batch_size, validation_batch_size=max(batch_size, EVALUATION_ROWS))
    rows, held_out = Rows(train), None if validation is None else Rows(validation)
    still = jax.numpy.arange(len(train))

    def one(epoch: int, listening: Any) -> Logs:
        logs = program.train(model, jax.numpy.asarray(epoch_order(train, seed, epoch)) if shuffle else still, rows)
        return logs if held_out is None else logs | scored(listening, lambda: program.validate(model, held_out))

    return train_by_epoch(model, one, epochs=epochs, steps=updates(len(train), batch_size, 1), seed=seed,
                          callbacks=callbacks, initial_epoch=initial_epoch)  # fmt: skip


class Rows:
    """Rows as arrays of JAX; one that is there twice, as input and as target, is held and gathered once.

    Args:
        arrays: The rows.
    """

    def __init__(self, arrays: Arrays) -> None:
        leaves, tree = jax.tree.flatten(rows_of(arrays))
        each = {id(leaf): leaf for leaf in leaves}
        places = {number: place for place, number in enumerate(each)}
        self.form: Form = (tree, tuple(places[id(leaf)] for leaf in leaves))
        self.values = [jax.numpy.asarray(leaf) for leaf in each.values()]


def scan_of(model: keras.Model, *, batch_size: int, validation_batch_size: int) -> "Scan":
    """Return the programs of a model's form: those that are there, or new ones.

    Those of a model without a form lie in the model.
    """
    form = (form_of(model), *numbers_of(model), batch_size, validation_batch_size)
    kept = PROGRAMS if form[0] else vars(model).setdefault("_nnrecipes_scans", OrderedDict())
    if form not in kept or (form[0] is None and not kept[form].fits(model)):
        kept[form] = Scan(model, batch_size, validation_batch_size)
    kept.move_to_end(form)
    while len(kept) > KEPT:
        kept.popitem(last=False)
    scan: Scan = kept[form]
    scan.model = model  # a form of data that is new is traced with this one; the other may be compiled anew by now
    return scan


class Scan:
    """The programs of all models of one form.

    Args:
        model: The one that they are traced with.
        batch_size: Rows an update.
        validation_batch_size: Rows a step of the validation.
    """

    def __init__(self, model: keras.Model, batch_size: int, validation_batch_size: int) -> None:
        self.model = model
        self.sizes = (batch_size, validation_batch_size)
        self._made = _made(model)
        self._train = jax.jit(self._trained, static_argnums=0)
        self._validate = jax.jit(self._validated, static_argnums=0)

    def fits(self, model: keras.Model) -> bool:
        """Whether the programs were made for this model, compiled and frozen as it is."""
        return self._made == _made(model)

    def train(self, model: keras.Model, order: Any, rows: "Rows") -> Logs:
        """Train one epoch on the rows, taken in ``order``, ``(rows,)``."""
        model.reset_metrics()
        parts = _parts(model)
        logs, state = self._train(rows.form, _values(parts), order, rows.values)
        _assign(parts, state)
        return {name: float(value) for name, value in logs.items()}

    def validate(self, model: keras.Model, rows: "Rows") -> Logs:
        """Score the rows; the logs begin with ``val_``."""
        model.reset_metrics()
        trained, rest, _, metrics = _parts(model)
        logs, state = self._validate(rows.form, _values([trained, rest, metrics]), rows.values)
        _assign([metrics], state[-1:])
        return {f"val_{name}": float(value) for name, value in logs.items()}

    def _trained(self, form: Form, state: State, order: Any, values: Sequence[Any]) -> tuple[dict[str, Any], State]:
        def step(state: State, numbers: Any) -> tuple[State, None]:
            _, after = self.model.train_step(state, _batch(form, values, numbers))
            return _alike(after, state), None

        return self._scanned(step, state, order, self.sizes[0])

    def _validated(self, form: Form, state: State, values: Sequence[Any]) -> tuple[dict[str, Any], State]:
        def step(state: State, numbers: Any) -> tuple[State, None]:
            _, after = self.model.test_step(state, _batch(form, values, numbers))
            return _alike([state[0], state[1], after[-1]], state), None

        return self._scanned(step, state, jax.numpy.arange(len(values[0])), self.sizes[1])

    def _scanned(self, step: Any, state: State, order: Any, size: int) -> tuple[dict[str, Any], State]:
        """All whole batches in a scan, and a last, shorter one behind it."""
        inside = len(order) // size * size
        if inside:
            state, _ = jax.lax.scan(step, state, order[:inside].reshape(-1, size))
        if inside < len(order):
            state, _ = step(state, order[inside:])
        return self._logs(state[-1]), state

    def _logs(self, metrics: Sequence[Any]) -> dict[str, Any]:
        """What ``fit`` logs, from the values of the metrics."""
        flat: dict[str, Any] = {}
        with keras.StatelessScope(list(zip(self.model.metrics_variables, metrics, strict=True))):
            for name, value in self.model.get_metrics_result().items():
                flat.update(value if isinstance(value, dict) else {name: value})
        return flat


def _parts(model: keras.Model) -> list[list[Any]]:
    """The variables that a step reads or changes, as Keras divides them."""
    return [model.trainable_variables, model.non_trainable_variables, model.optimizer.variables,
            model.metrics_variables]  # fmt: skip


def _values(parts: Sequence[Sequence[Any]]) -> State:
    return [[variable.value for variable in part] for part in parts]


def _assign(parts: Sequence[Sequence[Any]], state: State) -> None:
    for part, values in zip(parts, state, strict=True):
        for variable, value in zip(part, values, strict=True):
            variable.assign(value)


def _alike(state: Sequence[Sequence[Any]], before: State) -> State:
    """The state in the form of the one before it, of which a scan does not let anything change."""
    return [[value.astype(old.dtype) for value, old in zip(part, olds, strict=True)]
            for part, olds in zip(state, before, strict=True)]  # fmt: skip


def _made(model: keras.Model) -> list[int]:
    return [id(part) for part in (model.optimizer, *model.metrics, *model.trainable_variables)]


def _batch(form: Form, values: Sequence[Any], numbers: Any) -> Any:
    """``(x, y)`` or ``(x, y, sample weights)`` of the rows that have these numbers."""
    taken = [each[numbers] for each in values]
    return jax.tree.unflatten(form[0], [taken[place] for place in form[1]])

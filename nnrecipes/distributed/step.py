"""A compiled model on several replicas -> one update, or one scored batch, of which each replica has a part.

The loss of a batch is the sum over its rows divided by their number, whichever replica they are on: a replica's mean
counts by its share of the batch, gradients are added up by the optimizer's own all-reduce, and so are the sums that
metrics keep. A replica without rows takes part with gradients of zero, and no network sees anything.

Only public functions of TensorFlow and Keras are used: ``Strategy.run``, ``Strategy.reduce``, ``Model.compute_loss``,
``Model.compute_metrics``, ``Optimizer.apply``.
"""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from nnrecipes.data.spec import Array, Arrays
from nnrecipes.training.fit import rows_of

SUM = tf.distribute.ReduceOp.SUM
CLIPS = ("clipnorm", "clipvalue", "global_clipnorm")
STATISTICS = ("moving_mean", "moving_variance")


class Step:
    """What all replicas do together; made in the scope of the strategy.

    Args:
        model: Compiled in that scope.
        strategy: Where its variables lie.
        few: Rows, by whose form the functions are traced, once on every replica.
    """

    def __init__(self, model: keras.Model, strategy: Any, few: Arrays) -> None:
        self.model, self.strategy = model, strategy
        self.replicas = strategy.num_replicas_in_sync
        self.clips = any(getattr(model.optimizer, name, None) for name in CLIPS)
        build_state(model, strategy, few)
        self.loss = next(metric for metric in model.metrics if metric.name == "loss")
        names = {f"{name}_loss" for name in getattr(model, "output_names", ())}
        self.means = [v for metric in model.metrics if metric.name in names for v in metric.variables]
        self._empty = tf.nest.map_structure(lambda values: values[:0], rows_of(few))
        here = range(len(local_results(strategy, model.variables[0].value)))
        part = tf.nest.map_structure(lambda v: tf.TensorSpec((None, *v.shape[1:]), v.dtype), self._empty)
        signature = [[(part, tf.TensorSpec(()), tf.TensorSpec(())) for _ in here]]
        self._train = tf.function(self._on_replicas(self._update), input_signature=signature)
        self._test = tf.function(self._on_replicas(self._score), input_signature=signature)
        self._sums = tf.function(lambda: reduced(strategy, model.metrics_variables, SUM))
        gathered = [variable for variable in model.non_trainable_variables if variable.name in STATISTICS]
        self._gathered = gathered
        self._means = tf.function(lambda: reduced(strategy, gathered, tf.distribute.ReduceOp.MEAN))
        self._reset = tf.function(lambda: strategy.run(model.reset_metrics))

    def train(self, parts: Sequence[Arrays | None], rows: int) -> None:
        """Make one update.

        Args:
            parts: Of each replica of this process, its rows; None where it has none left.
            rows: Of the whole batch.
        """
        self._train([self._given(part, rows) for part in parts])

    def test(self, parts: Sequence[Arrays | None], rows: int) -> None:
        """Score one batch; nothing but the metrics changes."""
        self._test([self._given(part, rows) for part in parts])

    def reset(self) -> None:
        """Let the metrics forget what they saw."""
        self._reset()

    def average_statistics(self) -> None:
        """Give all replicas the mean of the statistics that each has gathered from its own rows."""
        if self._gathered:
            for variable, mean in zip(self._gathered, self._means(), strict=True):
                variable.assign(mean)

    def logs(self) -> dict[str, float]:
        """Return the metrics over the rows of all replicas."""
        values = self._sums()
        found: dict[str, float] = {}
        with keras.StatelessScope(list(zip(self.model.metrics_variables, values, strict=True))):
            for name, value in self.model.get_metrics_result().items():
                inner = value if isinstance(value, dict) else {name: value}
                found |= {key: float(keras.ops.convert_to_numpy(number)) for key, number in inner.items()}
        return found

    def _given(self, part: Arrays | None, rows: int) -> Any:
        count = len(part) if part is not None else 0
        values = rows_of(part) if part is not None else self._empty
        return tf.nest.map_structure(tf.constant, values), tf.constant(float(count)), tf.constant(count / rows)

    def _on_replicas(self, function: Any) -> Any:
        def run(given: Any) -> None:
            first = first_replica(self.strategy)
            parts = self.strategy.experimental_distribute_values_from_function(
                lambda context: given[context.replica_id_in_sync_group - first]
            )
            self.strategy.run(function, args=parts)

        return run

    def _update(self, batch: Any, count: Any, share: Any) -> None:
        trained = self.model.trainable_variables
        found: list[Any] = []

        def seen() -> list[Any]:
            with tf.GradientTape() as tape:
                loss = self._loss(batch, count, share, training=True) * share
            values = [variable.value for variable in trained]
            found[:] = tape.gradient(loss, values, unconnected_gradients=tf.UnconnectedGradients.ZERO)
            return [tf.convert_to_tensor(gradient) for gradient in found] if self.clips else list(found)

        def nothing() -> list[Any]:  # traced behind the other one
            return [_zeros(gradient, dense=self.clips) for gradient in found]

        gradients = tf.cond(count > 0, seen, nothing)
        if (
            self.clips
        ):  # clipping is of the whole batch's gradient: the first replica brings it, the others bring nothing
            context = tf.distribute.get_replica_context()
            first = tf.equal(context.replica_id_in_sync_group, 0)
            whole = context.all_reduce(SUM, gradients)
            gradients = [gradient * tf.cast(first, gradient.dtype) for gradient in whole]
        self.model.optimizer.apply(gradients, trained)

    def _score(self, batch: Any, count: Any, share: Any) -> None:
        def seen() -> Any:
            return self._loss(batch, count, share, training=False)

        tf.cond(count > 0, seen, lambda: tf.zeros(()))

    def _loss(self, batch: Any, count: Any, share: Any, *, training: bool) -> Any:
        """Return the mean over a replica's rows and tell the metrics of them."""
        x, y, sample_weight = batch if len(batch) == 3 else (*batch, None)
        before = [variable.value * 1 for variable in self.means]
        predicted = self.model(x, training=training)
        loss = self.model.compute_loss(x=x, y=y, y_pred=predicted, sample_weight=sample_weight, training=training)
        loss *= self.replicas  # Keras has divided it by them
        self.loss.update_state(loss, sample_weight=count)
        for variable, old in zip(self.means, before, strict=True):  # means over batches: a part counts by its share
            variable.assign(old + (variable.value - old) * share)
        self.model.compute_metrics(x, y, predicted, sample_weight=sample_weight)
        return loss


def build_state(model: keras.Model, strategy: Any, few: Arrays) -> None:
    """Make the variables of optimizer, loss and metrics, which a traced function cannot make."""
    model.optimizer.build(model.trainable_variables)
    x, y, *weights = tf.nest.map_structure(lambda values: tf.constant(values[:1]), rows_of(few))

    def see() -> None:
        predicted = model(x, training=False)
        weight = weights[0] if weights else None
        model.compute_loss(x=x, y=y, y_pred=predicted, sample_weight=weight, training=False)
        model.compute_metrics(x, y, predicted, sample_weight=weight)

    strategy.run(see)


def local_results(strategy: Any, value: Any) -> tuple[Any, ...]:
    """Return a value on each replica of this process."""
    found: tuple[Any, ...] = strategy.experimental_local_results(value)
    return found


def first_replica(strategy: Any) -> int:
    """The number, among all replicas, of the first one of this process."""
    resolver = strategy.cluster_resolver
    return int(resolver.task_id or 0) if resolver is not None and strategy.num_replicas_in_sync > 1 else 0


def reduced(strategy: Any, variables: Sequence[Any], how: Any) -> list[Any]:
    """Return the sum or the mean over all replicas of what each has in a variable."""
    values = strategy.run(lambda: [variable.value * 1 for variable in variables])
    return [strategy.reduce(how, value, axis=None) for value in values]


def read_local(strategy: Any, variables: Sequence[Any]) -> list[list[Array]]:
    """Return, for each replica of this process, the values of the variables there."""
    parts = [[part.numpy() for part in local_results(strategy, variable.value)] for variable in variables]
    return [list(values) for values in zip(*parts, strict=True)]


def assign_local(strategy: Any, variables: Sequence[Any], values: Sequence[Sequence[Any]]) -> None:
    """Give them back."""
    for variable, each in zip(variables, zip(*values, strict=True), strict=True):
        for part, value in zip(local_results(strategy, variable.value), each, strict=True):
            part.assign(value)


def _zeros(gradient: Any, *, dense: bool) -> Any:
    """A gradient of the same form that changes nothing; one of some rows of a table is of no row."""
    if dense or not isinstance(gradient, tf.IndexedSlices):
        return tf.zeros(gradient.shape, gradient.dtype)
    shape = tf.constant(gradient.shape.as_list(), gradient.dense_shape.dtype)
    values = tf.zeros((0, *gradient.values.shape[1:]), gradient.dtype)
    return tf.IndexedSlices(values, tf.zeros((0,), gradient.indices.dtype), shape)

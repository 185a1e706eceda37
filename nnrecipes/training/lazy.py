"""Adam and Adagrad that touch only the rows of a table that a batch has used.

Keras' own update every row at each step, as the momentum of Adam moves rows that the gradient does not have. For a
table of 100,000 rows that costs more than the batch. Here rows without a gradient, their moments too, stay as they
are; rows that come twice are added first. A dense gradient is updated as Keras does.
"""

from typing import Any

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("nnrecipes")
class LazyAdam(keras.optimizers.Adam):  # type: ignore[misc]
    """Adam (Kingma and Ba, 2015, arXiv:1412.6980) for rows, with the arguments of ``keras.optimizers.Adam``."""

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Update the rows of the gradient."""
        if not isinstance(gradient, tf.IndexedSlices):
            super().update_step(gradient, variable, learning_rate)
            return
        rows, slope = unique_rows(gradient)
        place = self._get_variable_index(variable)
        first, second = self._momentums[place].value, self._velocities[place].value
        step = tf.cast(self.iterations + 1, slope.dtype)
        rate = tf.cast(learning_rate, slope.dtype)
        rate *= tf.sqrt(1 - tf.pow(self.beta_2, step)) / (1 - tf.pow(self.beta_1, step))
        mean = self.beta_1 * tf.gather(first, rows) + (1 - self.beta_1) * slope
        square = self.beta_2 * tf.gather(second, rows) + (1 - self.beta_2) * tf.square(slope)
        first.scatter_update(tf.IndexedSlices(mean, rows))
        second.scatter_update(tf.IndexedSlices(square, rows))
        change = rate * mean / (tf.sqrt(square) + self.epsilon)
        _tensor(variable).scatter_sub(tf.IndexedSlices(change, rows))


@keras.saving.register_keras_serializable("nnrecipes")
class LazyAdagrad(keras.optimizers.Adagrad):  # type: ignore[misc]
    """Adagrad (Duchi et al., 2011) for rows, with the arguments of ``keras.optimizers.Adagrad``.

    It is lazy by its nature; Keras' own computes all rows nevertheless.
    """

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Update the rows of the gradient."""
        if not isinstance(gradient, tf.IndexedSlices):
            super().update_step(gradient, variable, learning_rate)
            return
        rows, slope = unique_rows(gradient)
        sums = self._accumulators[self._get_variable_index(variable)].value
        square = tf.gather(sums, rows) + tf.square(slope)
        sums.scatter_update(tf.IndexedSlices(square, rows))
        change = tf.cast(learning_rate, slope.dtype) * slope / tf.sqrt(square + self.epsilon)
        _tensor(variable).scatter_sub(tf.IndexedSlices(change, rows))


LAZY = {"adam": LazyAdam, "adagrad": LazyAdagrad}


def unique_rows(gradient: Any) -> tuple[Any, Any]:
    """Return the rows of a gradient, each once, and the sums of its values.

    Example:
        >>> rows, values = unique_rows(tf.IndexedSlices(tf.constant([[1.0], [2.0], [3.0]]), tf.constant([7, 2, 7])))
        >>> rows.numpy().tolist(), values.numpy().tolist()
        ([7, 2], [[4.0], [2.0]])
    """
    rows, place = tf.unique(gradient.indices)
    return rows, tf.math.unsorted_segment_sum(gradient.values, place, tf.shape(rows)[0])


def _tensor(variable: Any) -> Any:
    return getattr(variable, "value", variable) if isinstance(variable, keras.Variable) else variable

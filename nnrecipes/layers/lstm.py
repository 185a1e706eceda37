"""Steps -> LSTM states (Hochreiter and Schmidhuber, 1997, doi:10.1162/neco.1997.9.8.1735), with the gradient by hand.

``keras.layers.LSTM`` leaves the gradient of its loop over time to TensorFlow, which makes four small products in each
step of the way back and stacks a copy of the kernel for each step. Here a step of the way back makes one product, which
the step before it waits for; the gradients of the input and of both kernels are one product of all steps each.
"""

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="nnrecipes")
class LSTM(keras.layers.LSTM):  # type: ignore[misc]
    """``keras.layers.LSTM`` that trains faster on a CPU; the same arguments, weights and results.

    What its loop has no form for goes through Keras' own: other activations than tanh and sigmoid, dropout within the
    layer, ``unroll``, ``stateful``, ``zero_output_for_mask``, a given first state along with a mask, a GPU, JAX.
    Gradients of its gradients are an error.

    Args:
        units: Width of the state.
        options: Of ``keras.layers.LSTM``.

    Example:
        >>> LSTM(3)(keras.ops.ones((2, 5, 4))).shape
        TensorShape([2, 3])
    """

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(units, **options)
        self._first_state_and_mask = False

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False) -> Any:
        """``(batch, steps, width)`` -> ``(batch, units)``, with ``return_sequences`` ``(batch, steps, units)``."""
        self._first_state_and_mask = initial_state is not None and mask is not None
        return super().call(sequences, initial_state=initial_state, mask=mask, training=training)

    def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        """The states of all steps; Keras calls it with the first ones."""
        if not self._by_hand(training):
            return super().inner_loop(sequences, initial_state, mask=mask, training=training)
        import tensorflow as tf

        mask = mask[0] if isinstance(mask, list | tuple) else mask
        steps = tf.transpose(sequences, (1, 0, 2))
        if mask is not None:
            mask = tf.transpose(tf.reshape(mask, tf.shape(sequences)[:2]))[:, :, None]
        if self.go_backwards:
            steps, mask = tf.reverse(steps, [0]), None if mask is None else tf.reverse(mask, [0])
        cell = self.cell
        kernel, recurrent_kernel = (tf.convert_to_tensor(weight) for weight in (cell.kernel, cell.recurrent_kernel))
        bias = tf.convert_to_tensor(cell.bias) if cell.use_bias else tf.zeros(4 * cell.units, steps.dtype)
        h0, c0 = initial_state
        every = self.return_sequences
        states, h, c = lstm_states(steps, h0, c0, kernel, recurrent_kernel, bias, mask=mask, every=every)
        return h, tf.transpose(states, (1, 0, 2)) if self.return_sequences else h, [h, c]

    def _by_hand(self, training: bool) -> bool:
        cell = self.cell
        if keras.backend.backend() != "tensorflow" or self.unroll or self.stateful or self.zero_output_for_mask:
            return False
        if self._first_state_and_mask or (training and (cell.dropout or cell.recurrent_dropout)):
            return False
        import tensorflow as tf

        usual = cell.activation is keras.activations.tanh and cell.recurrent_activation is keras.activations.sigmoid
        return usual and not tf.config.list_physical_devices("GPU")


def lstm_states(
    x: Any, h0: Any, c0: Any, kernel: Any, recurrent_kernel: Any, bias: Any, *, mask: Any = None, every: bool = False
) -> tuple[Any, Any, Any]:
    """Return the states of all steps ``(steps, batch, units)``, or of the last, and the last ``h`` and ``c``.

    Args:
        x: ``(steps, batch, width)``.
        h0: The first output, ``(batch, units)``.
        c0: The first cell state, ``(batch, units)``.
        kernel: ``(width, 4 units)``: input gate, forget gate, candidate, output gate.
        recurrent_kernel: ``(units, 4 units)``.
        bias: ``(4 units,)``.
        mask: Which steps there are, bool ``(steps, batch, 1)``; at others the state stays as it is.
        every: Whether the states of all steps are asked for.
    """
    import tensorflow as tf

    count, width = tf.shape(x)[0] if x.shape[0] is None else x.shape[0], x.shape[2]
    batch, units = h0.shape

    def stack(size: int = units) -> Any:
        return tf.TensorArray(x.dtype, count, element_shape=(batch, size), clear_after_read=False)

    def array(values: Any) -> Any:
        return tf.TensorArray(values.dtype, count, clear_after_read=False).unstack(values)

    def there(t: Any, new: Any, old: Any) -> Any:
        """The new where the mask has the step, else the old."""
        return new if mask is None else tf.where(masks.read(t), new, old)

    masks: Any = None if mask is None else array(mask)

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def run(x: Any, h0: Any, c0: Any, kernel: Any, recurrent_kernel: Any, bias: Any) -> Any:
        inputs = array(x)

        def step(t: Any, h: Any, c: Any, *stacks: Any) -> Any:
            gates = tf.matmul(inputs.read(t), kernel) + tf.matmul(h, recurrent_kernel) + bias
            i, f, g, o = tf.split(gates, 4, axis=1)
            i, f, g, o = tf.sigmoid(i), tf.sigmoid(f), tf.tanh(g), tf.sigmoid(o)
            new = f * c + i * g
            bent = tf.tanh(new)
            after = there(t, o * bent, h)
            values = (h, c, i, f, g, o, bent, after)[: len(stacks)]
            return t + 1, after, there(t, new, c), *(s.write(t, v) for s, v in zip(stacks, values, strict=True))

        first = (0, h0, c0, *(stack() for _ in range(7 + every)))
        _, h, c, before, *stacks = tf.while_loop(lambda t, *_: t < count, step, first, maximum_iterations=count)
        outputs = stacks[-1].stack() if every else h

        def gradient(*above: Any) -> tuple[Any, ...]:
            from_steps, dh, dc = above
            later = array(from_steps) if every else None
            back = tf.transpose(recurrent_kernel)
            none = tf.zeros_like(h0)

            def step(t: Any, dh: Any, dc: Any, gates: Any, db: Any) -> Any:
                c, i, f, g, o, bent = (values.read(t) for values in stacks[:6])
                dh = dh if later is None else dh + later.read(t)
                own_h, own_c = there(t, dh, none), there(t, dc, none)
                own_c = own_c + own_h * o * (1 - bent * bent)
                parts = (own_c * g * i * (1 - i), own_c * c * f * (1 - f), own_c * i * (1 - g * g),
                         own_h * bent * o * (1 - o))  # fmt: skip
                dz = tf.concat(parts, axis=1)
                before_h, before_c = tf.matmul(dz, back), own_c * f
                if mask is not None:
                    before_h, before_c = before_h + there(t, none, dh), before_c + there(t, none, dc)
                return t - 1, before_h, before_c, gates.write(t, dz), db + tf.reduce_sum(dz, axis=0)

            dh = dh if every else dh + from_steps
            first = (count - 1, dh, dc, stack(4 * units), tf.zeros_like(bias))
            _, dh, dc, gates, db = tf.while_loop(lambda t, *_: t >= 0, step, first, maximum_iterations=count)
            gates = gates.stack()
            dz = tf.reshape(gates, (-1, 4 * units))
            dx = tf.reshape(tf.matmul(dz, tf.transpose(kernel)), tf.shape(x))
            d_kernel = tf.matmul(tf.reshape(x, (-1, width)), dz, transpose_a=True)
            d_recurrent = tf.matmul(tf.reshape(before.stack(), (-1, units)), dz, transpose_a=True)
            return tuple(tf.raw_ops.PreventGradient(input=value, message="an LSTM has no second gradient")
                         for value in (dx, dh, dc, d_kernel, d_recurrent, db))  # fmt: skip

        return (outputs, h, c), gradient

    states: tuple[Any, Any, Any] = run(x, h0, c0, kernel, recurrent_kernel, bias)
    return states

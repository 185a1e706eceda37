"""Steps of a recurrent layer and the way back through them, in two loops of TensorFlow.

Keras leaves the gradient of a recurrent layer's loop to TensorFlow, which makes all products of the way back step by
step and stacks a copy of the kernels for each step. Here a step of the way back makes one product, which the step
before it waits for; the gradients of the input and of the kernels are one product of all steps each.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import keras


class Cell(ABC):
    """What one step does, and the way back through it; every array is ``(batch, units)`` where nothing else is said."""

    kept: int
    """How many arrays of a step the way back needs, besides the output before it."""
    gates: int
    """How many times ``units`` wide the gradients are that a step leaves."""
    biases: tuple[int, ...] = ()
    """How many rows the bias has, where it has rows."""

    @abstractmethod
    def forward(self, x: Any, states: Sequence[Any], weights: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
        """Input ``(batch, width)`` and states -> the new states, the output first, and what is kept of the step."""

    @abstractmethod
    def back(self, slopes: Sequence[Any], kept: Sequence[Any], kernel: Any) -> tuple[Sequence[Any], Any]:
        """Gradients of the new states -> those of the states before, and of the gates ``(batch, gates * units)``.

        Args:
            slopes: Gradients of the new states.
            kept: The output of the step before, and what ``forward`` kept.
            kernel: The recurrent kernel, transposed.
        """

    @abstractmethod
    def weight_slopes(self, x: Any, before: Any, gates: Any, weights: Sequence[Any]) -> tuple[Any, ...]:
        """All steps of all rows below one another -> gradients of ``x`` and of each weight, in their shapes.

        Args:
            x: ``(steps * batch, width)``.
            before: Outputs of the steps before, ``(steps * batch, units)``.
            gates: What ``back`` left, ``(steps * batch, gates * units)``.
            weights: Kernel, recurrent kernel, bias.
        """


def states_of(
    cell: Cell, x: Any, first: Sequence[Any], weights: Sequence[Any], *, mask: Any = None, every: bool = False
) -> tuple[Any, ...]:
    """Return the outputs of all steps ``(steps, batch, units)``, or that of the last; then the last states.

    A gradient of the gradient is an error.

    Args:
        cell: What a step does.
        x: ``(steps, batch, width)``.
        first: The states before the first step, the output first.
        weights: Kernel, recurrent kernel, bias.
        mask: Which steps there are, bool ``(steps, batch, 1)``; at others the states stay as they are.
        every: Whether the outputs of all steps are asked for.
    """
    import tensorflow as tf

    count = tf.shape(x)[0] if x.shape[0] is None else x.shape[0]
    batch, units = first[0].shape
    states = len(first)

    def stack(width: int = units) -> Any:
        return tf.TensorArray(x.dtype, count, element_shape=(batch, width), clear_after_read=False)

    def array(values: Any) -> Any:
        return tf.TensorArray(values.dtype, count, clear_after_read=False).unstack(values)

    def there(t: Any, new: Any, old: Any) -> Any:
        """The new where the mask has the step, else the old."""
        return new if mask is None else tf.where(masks.read(t), new, old)

    def write(t: Any, stacks: Sequence[Any], values: Sequence[Any]) -> list[Any]:
        return [stack.write(t, value) for stack, value in zip(stacks, values, strict=True)]

    masks: Any = None if mask is None else array(mask)

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def run(x: Any, *given: Any) -> Any:
        first, weights, inputs = given[:states], given[states:], array(x)

        def step(t: Any, *loop: Any) -> Any:
            old, stacks = loop[:states], loop[states:]
            new, kept = cell.forward(inputs.read(t), old, weights)
            new = [there(t, a, b) for a, b in zip(new, old, strict=True)]
            return t + 1, *new, *write(t, stacks, (old[0], *kept, new[0])[: len(stacks)])

        stacks = [stack() for _ in range(1 + cell.kept + every)]
        _, *loop = tf.while_loop(lambda t, *_: t < count, step, (0, *first, *stacks), maximum_iterations=count)
        last, stacks = loop[:states], loop[states:]

        def gradient(from_steps: Any, *slopes: Any) -> tuple[Any, ...]:
            later = array(from_steps) if every else None
            none = tf.zeros_like(first[0])
            kernel = tf.transpose(weights[1])
            kept = stacks[: 1 + cell.kept]

            def step(t: Any, *loop: Any) -> Any:
                slopes = list(loop[:states])
                slopes[0] = slopes[0] if later is None else slopes[0] + later.read(t)
                own = [there(t, slope, none) for slope in slopes]
                earlier, gates = cell.back(own, [values.read(t) for values in kept], kernel)
                if mask is not None:
                    earlier = [a + there(t, none, b) for a, b in zip(earlier, slopes, strict=True)]
                return t - 1, *earlier, loop[-1].write(t, gates)

            slopes = slopes if every else (slopes[0] + from_steps, *slopes[1:])
            start = (count - 1, *slopes, stack(cell.gates * units))
            _, *slopes, gates = tf.while_loop(lambda t, *_: t >= 0, step, start, maximum_iterations=count)
            below = [tf.reshape(part, (-1, part.shape[2])) for part in (x, stacks[0].stack(), gates.stack())]
            d_x, *d_weights = cell.weight_slopes(below[0], below[1], below[2], weights)
            return tuple(tf.raw_ops.PreventGradient(input=slope, message="a recurrent layer has no second gradient")
                         for slope in (tf.reshape(d_x, tf.shape(x)), *slopes, *d_weights))  # fmt: skip

        return (stacks[-1].stack() if every else last[0], *last), gradient

    outputs: tuple[Any, ...] = run(x, *first, *weights)
    return outputs


class TimeLoop:
    """What LSTM and GRU share: when they run by hand, and the steps in the order of time. Goes before a class of Keras.

    What it has no form for goes through Keras' own loop: other activations than tanh and sigmoid, dropout within the
    layer, ``unroll``, ``stateful``, ``zero_output_for_mask``, a given first state along with a mask, a GPU, JAX.
    """

    one_step: Cell
    """What a step does."""
    _first_state_and_mask = False

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False) -> Any:
        """``(batch, steps, width)`` -> ``(batch, units)``, with ``return_sequences`` ``(batch, steps, units)``."""
        self._first_state_and_mask = initial_state is not None and mask is not None
        options = {"initial_state": initial_state, "mask": mask, "training": training}
        return super().call(sequences, **options)  # type: ignore[misc]

    def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        """The outputs of all steps; Keras calls it with the first states."""
        if not self._by_hand(training):
            return super().inner_loop(sequences, initial_state, mask=mask, training=training)  # type: ignore[misc]
        import tensorflow as tf

        layer: Any = self
        mask = mask[0] if isinstance(mask, list | tuple) else mask
        steps = tf.transpose(sequences, (1, 0, 2))
        if mask is not None:
            # As numbers: oneDNN says on standard error that it does not transpose bool.
            by_step = tf.transpose(tf.cast(tf.reshape(mask, tf.shape(sequences)[:2]), tf.int32))
            mask = by_step[:, :, None] > 0
        if layer.go_backwards:
            steps, mask = tf.reverse(steps, [0]), None if mask is None else tf.reverse(mask, [0])
        first = list(initial_state) if isinstance(initial_state, list | tuple) else [initial_state]
        every = layer.return_sequences
        weights = [tf.convert_to_tensor(weight) for weight in (layer.cell.kernel, layer.cell.recurrent_kernel)]
        bias = (
            layer.cell.bias
            if layer.cell.use_bias
            else tf.zeros((*self.one_step.biases, weights[0].shape[1]), steps.dtype)
        )
        weights.append(tf.convert_to_tensor(bias))
        outputs, *last = states_of(self.one_step, steps, first, weights, mask=mask, every=every)
        return last[0], tf.transpose(outputs, (1, 0, 2)) if every else outputs, last

    def _by_hand(self, training: bool) -> bool:
        layer: Any = self
        cell = layer.cell
        if keras.backend.backend() != "tensorflow" or layer.unroll or layer.stateful or layer.zero_output_for_mask:
            return False
        if self._first_state_and_mask or (training and (cell.dropout or cell.recurrent_dropout)):
            return False
        import tensorflow as tf

        usual = cell.activation is keras.activations.tanh and cell.recurrent_activation is keras.activations.sigmoid
        return usual and getattr(cell, "reset_after", True) and not tf.config.list_physical_devices("GPU")

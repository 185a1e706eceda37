"""Python functions of tensors -> TensorFlow functions, each traced once, that run on the variables that are bound.

What a traced function does with variables is fixed; which variables they are is not: it gets them as one more list of
arguments. So a program that was traced and compiled with one model serves any other model of the same form.
"""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from nnrecipes.data.spec import Array


class Functions:
    """Traced functions and the variables that they run on.

    Args:
        xla: Whether XLA compiles them; where it cannot, they run as graphs, and ``refused`` says why.
    """

    def __init__(self, *, xla: bool) -> None:
        self.xla = xla
        self.refused: str | None = None
        self.traces = 0
        self._variables: list[Any] = []
        self._traced: dict[Any, tuple[Any, list[int | None]]] = {}

    def bind(self, variables: Sequence[Any]) -> bool:
        """Run on these variables from now on; return whether they are others than before.

        Args:
            variables: As many as before, in the same order and of the same shapes.
        """
        if len(variables) == len(self._variables) and all(map(_same, variables, self._variables)):
            return False
        self._variables = list(variables)
        for function, places in self._traced.values():
            self._capture(function, places)
        return True

    def call(self, function: Callable[..., Any], *arguments: Any) -> Array:
        """Run a function for this form of data.

        Flat arguments pass faster through Python than nested ones; a tensor that comes twice, as an autoencoder's rows
        do, is passed once, so that the function reads it once.
        """
        flat = list({id(tensor): tensor for tensor in tf.nest.flatten(arguments)}.values())
        try:
            values: Array = self.trace(function, arguments, flat)(*flat).numpy()
        except (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError) as error:
            if not self.xla:
                raise
            self.xla, self.refused = False, " ".join(str(error).split())[:200]
            self._traced.clear()  # XLA compiles before it runs, so nothing has changed
            return self.call(function, *arguments)
        return values

    def trace(self, function: Callable[..., Any], arguments: Any, flat: Sequence[Any]) -> Any:
        """Return the TensorFlow function for this form of data, traced now if it is new.

        Args:
            function: What to trace.
            arguments: Its arguments, nested.
            flat: The tensors in them, each once.
        """
        place_of = {id(tensor): place for place, tensor in enumerate(flat)}
        places = [place_of[id(tensor)] for tensor in tf.nest.flatten(arguments)]
        form = (function.__name__, *places, *((tuple(tensor.shape), tensor.dtype) for tensor in flat))
        if form not in self._traced:

            def nested(*tensors: Any) -> Any:
                return function(*tf.nest.pack_sequence_as(arguments, [tensors[place] for place in places]))

            made = tf.function(nested, jit_compile=self.xla, autograph=False).get_concrete_function(*flat)
            handles = {id(variable.value.handle): place for place, variable in enumerate(self._variables)}
            self._traced[form] = made, [handles.get(id(tensor)) for tensor in made.captured_inputs]
            self.traces += 1
        return self._traced[form][0]

    def _capture(self, function: Any, places: Sequence[int | None]) -> None:
        """Put the variables in place of those that the function was traced with; other values stay."""
        kept = function.captured_inputs
        function.set_external_captures(
            [old if place is None else self._variables[place].value.handle
             for old, place in zip(kept, places, strict=True)]
        )  # fmt: skip


def _same(first: Any, second: Any) -> bool:
    return first is second

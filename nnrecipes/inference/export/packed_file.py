"""A run -> the ONNX file from which it answers itself: packed, with numbers as float64, tried before it is used."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nnrecipes.data.spec import Array
from nnrecipes.errors import RunError
from nnrecipes.inference.export.core import Core
from nnrecipes.inference.export.names import CODES, LABEL
from nnrecipes.inference.export.onnx_file import onnx_model
from nnrecipes.inference.export.parity import LIMIT, differences

if TYPE_CHECKING:
    from nnrecipes.inference.export.subject import Subject


def packed_file(subject: "Subject", core: Core) -> tuple[bytes, dict[str, Any]]:
    """Return the ONNX file and the run's schema with ``packed``: matrix -> its columns.

    Args:
        subject: The run.
        core: Its packed core.

    Raises:
        RunError: ONNX does not carry the run, or the file answers otherwise.
    """
    from nnrecipes.inference.serving_file import onnx_answers

    rows, expected = subject.packed_probe()
    try:
        content = onnx_model(core).SerializeToString()
        found = onnx_answers(content)(rows)
    except RunError:
        raise
    except Exception as error:  # the converter and the runtime raise many kinds
        reason = " ".join(str(error).split())[:200]
        raise RunError(f"serving: expected a network that ONNX carries. Received: {reason}") from error
    worst = max(differences(expected, found, LABEL).values())
    if not worst <= LIMIT:
        raise RunError(
            f"serving: expected a file that answers as its run does, within {LIMIT:g}. Received: {worst:.1e}."
        )
    return content, packed_schema(subject, core)


def packed_schema(subject: "Subject", core: Core) -> dict[str, Any]:
    """Return the run's schema with the columns of the matrices."""
    return {**subject.schema(), "packed": {name: list(columns) for name, columns in (core.packed or {}).items()}}


def tensorflow_answers(core: Core) -> Callable[[dict[str, Array]], dict[str, Array]]:
    """Return a packed core as a function of arrays, by TensorFlow: for runs that ONNX does not carry."""
    import tensorflow as tf

    signature = {key: tf.TensorSpec(tensor.shape, tensor.dtype) for key, tensor in core.model.input.items()}

    @tf.function(input_signature=[signature])  # type: ignore[untyped-decorator]
    def compute(given: Any) -> Any:
        return core.model(given, training=False)

    levels = {column.name: column.levels for column in core.columns}
    places = [{name: code for code, name in enumerate(dict.fromkeys((*levels[column], "")), start=1)}
              for column in (core.packed or {}).get(CODES, ())]  # fmt: skip
    names = {answer: np.array(["", *classes], dtype=object) for answer, classes in core.classes.items()}

    def answer(arrays: dict[str, Array]) -> dict[str, Array]:
        given = {key: _codes(arrays[name], places) if name == CODES else arrays[name]
                 for key, name in core.inputs.items()}  # fmt: skip
        found = compute({key: tf.constant(values, signature[key].dtype) for key, values in given.items()})
        return {name: names[name][found[key].numpy()] if name in names else found[key].numpy()
                for key, name in core.outputs.items()}  # fmt: skip

    return answer


def _codes(texts: Array, places: Sequence[Mapping[str, int]]) -> Array:
    columns = [[place.get(text, 0) for text in column] for column, place in zip(texts.T, places, strict=True)]
    return np.array(columns, dtype=np.int32).T

"""A core -> a file of one of the four formats."""

import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import keras
import tensorflow as tf

from nnrecipes.errors import RunError
from nnrecipes.inference.export.core import Core
from nnrecipes.inference.export.onnx_file import onnx_model
from nnrecipes.inference.export.quiet import quiet
from nnrecipes.inference.export.whole import whole_model

Format = Literal["keras", "saved_model", "onnx", "litert"]
ENDINGS: dict[str, str] = {"keras": ".keras", "saved_model": "", "onnx": ".onnx", "litert": ".tflite"}
"""Format -> what its file's name ends in; a SavedModel is a folder."""
ENDPOINT = "serve"


def write_keras(core: Core, path: Path) -> None:
    """Write a ``.keras`` file of Keras' own layers."""
    whole_model(core).save(path)


def write_saved_model(core: Core, path: Path) -> None:
    """Write a SavedModel with the endpoint ``serve``, which takes and gives a dict."""
    model = whole_model(core)
    archive = keras.export.ExportArchive()
    archive.track(model)
    keys = input_keys(list(model.input))
    signature = {name: tf.TensorSpec((None, *tensor.shape[1:]), tensor.dtype, name=keys[name])
                 for name, tensor in model.input.items()}  # fmt: skip
    archive.add_endpoint(ENDPOINT, lambda rows: model(rows, training=False), input_signature=[signature])
    with quiet():
        archive.write_out(str(path), verbose=False)


def write_onnx(core: Core, path: Path) -> None:
    """Write an ONNX file.

    Raises:
        RunError: The network has an operation that ONNX does not.
    """
    try:
        model = onnx_model(core)
    except Exception as error:  # the converter and the checker raise several kinds, with paragraphs of text
        reason = " ".join(str(error).split())[:200]
        raise RunError(f"export: onnx: expected operations that ONNX has. Received: {reason} "
                       "Export to saved_model or keras.") from error  # fmt: skip
    path.write_bytes(model.SerializeToString())


def write_litert(core: Core, path: Path) -> None:
    """Write a LiteRT file with the signature ``serve``.

    Raises:
        RunError: The network has an operation that LiteRT does not.
    """
    with tempfile.TemporaryDirectory() as folder:
        write_saved_model(core, Path(folder))
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=[ENDPOINT])
        try:
            with quiet():
                content = converter.convert()
        except Exception as error:  # the converter raises several kinds, with pages of text
            names = sorted(set(re.findall(r"'tf\.(\w+)' op", str(error)))) or [" ".join(str(error).split())[:200]]
            raise RunError(f"export: litert: expected operations that LiteRT has. Received: {', '.join(names)}. "
                           "Export to onnx, saved_model or keras.") from None  # fmt: skip
    path.write_bytes(content)


WRITERS: dict[str, Callable[[Core, Path], None]] = {
    "keras": write_keras, "saved_model": write_saved_model, "onnx": write_onnx, "litert": write_litert,
}  # fmt: skip


def input_keys(names: Sequence[str]) -> dict[str, str]:
    """Return column -> the name that a signature can have: its own, or its place where TensorFlow would change it.

    Example:
        >>> input_keys(["age", "od280/od315"])
        {'age': 'age', 'od280/od315': 'in_1'}
    """
    return {name: name if re.fullmatch(r"[a-z][a-z0-9_]*", name) else f"in_{place}" for place, name in enumerate(names)}


def remove(path: Path) -> None:
    """Remove a file or folder, where there is one."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)

"""A network and its fitted preprocessor <-> the bytes of the files in which a run folder holds them."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from nnrecipes.preprocessing.preprocessor import Preprocessor

if TYPE_CHECKING:
    import keras


def model_bytes(model: "keras.Model") -> bytes:
    """The bytes of ``model.keras``."""
    with tempfile.TemporaryDirectory(prefix="nnrecipes-") as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.read_bytes()


def model_of(content: bytes) -> "keras.Model":
    """The network that :func:`model_bytes` wrote; no code of the file's runs."""
    from nnrecipes.training.load_model import load_model

    with tempfile.TemporaryDirectory(prefix="nnrecipes-") as folder:
        path = Path(folder) / "model.keras"
        path.write_bytes(content)
        return load_model(path)


def preprocessor_bytes(preprocessor: Preprocessor) -> dict[str, bytes]:
    """File name -> bytes."""
    with tempfile.TemporaryDirectory(prefix="nnrecipes-") as folder:
        preprocessor.save(folder)
        return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


def preprocessor_of(files: Mapping[str, bytes]) -> Preprocessor:
    """The preprocessor that :func:`preprocessor_bytes` wrote."""
    with tempfile.TemporaryDirectory(prefix="nnrecipes-") as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        return Preprocessor.load(folder)

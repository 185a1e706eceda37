"""A model and a history -> files of the run folder, each written aside and renamed."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import keras

from nnrecipes.errors import cannot_write


def save_model(model: keras.Model, folder: str | Path) -> Path:
    """Write ``model.keras`` into ``folder`` and return its path."""
    return write_model(model, Path(folder) / "model.keras")


def write_model(model: keras.Model, path: Path) -> Path:
    """Write a model, or its weights where the name ends in ``.weights.h5``, aside and rename it to ``path``.

    Raises:
        RunError: The file cannot be written; the one of before is left as it was.
    """
    suffix = ".weights.h5" if path.name.endswith(".weights.h5") else ".keras"
    aside = path.with_name(f".{path.name.removesuffix(suffix)}.partial{suffix}")
    try:
        (model.save_weights if suffix == ".weights.h5" else model.save)(aside)
        aside.replace(path)
    except OSError as error:
        raise cannot_write(path, error) from None
    finally:
        aside.unlink(missing_ok=True)
    return path


def write_history(history: Mapping[str, Sequence[float]], path: str | Path) -> Path:
    """Write one line an epoch, counted from 1, with exact numbers, and return the path."""
    path = Path(path)
    aside = path.with_name(f".{path.name}.partial")
    try:
        with aside.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["epoch", *history])
            writer.writerows([epoch, *row] for epoch, row in enumerate(zip(*history.values(), strict=True), start=1))
        aside.replace(path)
    except OSError as error:
        raise cannot_write(path, error) from None
    finally:
        aside.unlink(missing_ok=True)
    return path

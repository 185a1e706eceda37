"""Files that are whole or absent: each is written aside and renamed."""

import csv
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nnrecipes.errors import RunError, cannot_write


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside ``path``, with its suffix; it takes the place of ``path`` when the block ends well.

    Raises:
        RunError: If the folder cannot be written or the disk is full; nothing is left behind.
    """
    aside: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".", suffix=path.suffix, dir=path.parent)
        os.close(handle)
        aside = Path(name)
        yield aside
        mask = os.umask(0)
        os.umask(mask)
        aside.chmod(0o666 & ~mask)
        aside.replace(path)
    except OSError as error:
        raise cannot_write(path, error) from None
    finally:
        if aside is not None:
            aside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text, whole or not at all."""
    with replacing(path) as aside:
        aside.write_text(text, "utf-8")


def write_json(path: Path, values: Any) -> None:
    """Write JSON, whole or not at all. NaN is not JSON and is refused."""
    write_text(path, json.dumps(values, indent=1, allow_nan=False, ensure_ascii=False) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file of a run.

    Raises:
        RunError: If it is missing or damaged, by name.
    """
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise RunError(f"{path}: expected this file of a run. Received: nothing there.") from None
    except (OSError, ValueError) as error:
        raise RunError(f"{path}: expected JSON. Received: a damaged file ({error}).") from None


def read_history(path: Path) -> dict[str, list[float]]:
    """Name -> value an epoch, of a ``history.csv``."""
    with path.open(encoding="utf-8", newline="") as file:
        names, *rows = csv.reader(file)
    columns = zip(*rows, strict=True) if rows else ([] for _ in names)
    return {name: list(map(float, values)) for name, values in zip(names, columns, strict=True) if name != "epoch"}

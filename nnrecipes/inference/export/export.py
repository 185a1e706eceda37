"""A run -> a file of one format that takes raw rows and gives named answers, tried before it is kept.

The file is written aside, loaded in its own runtime in a process of its own, and asked for the answers of 512 rows,
among them extremes, gaps and categories that training never saw. Where an answer differs from the run's by more than
1e-5 (:mod:`nnrecipes.inference.export.parity`), nothing is kept. A model card and a schema come beside it.
"""

import json
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnrecipes.config.backend import needs_tensorflow
from nnrecipes.errors import RunError, cannot_write, did_you_mean
from nnrecipes.inference.export.parity import LIMIT

if TYPE_CHECKING:
    from nnrecipes.inference.export.subject import Subject

FORMATS = ("keras", "saved_model", "onnx", "litert")
NEEDED: dict[str, tuple[str, ...]] = {"onnx": ("onnx", "tf2onnx", "onnxruntime"), "litert": ("ai_edge_litert",)}
"""Format -> the modules of the extra ``export`` that it needs."""
ENDINGS = {"keras": ".keras", "saved_model": "", "onnx": ".onnx", "litert": ".tflite"}


@dataclass(frozen=True)
class Exported:
    """What an export made.

    Args:
        path: The file, or the folder of a SavedModel.
        format: Of the four.
        rows: How many rows were compared.
        differences: Answer -> greatest difference from the run.
        size: Bytes.
        schema: The JSON beside it that describes rows and answers.
        card: The model card beside it.
    """

    path: Path
    format: str
    rows: int
    differences: dict[str, float]
    size: int
    schema: Path
    card: Path

    @property
    def max_difference(self) -> float:
        """The greatest of all differences."""
        return max(self.differences.values(), default=0.0)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"path": str(self.path), "format": self.format, "rows": self.rows, "max_difference": self.max_difference,
                "differences": self.differences, "bytes": self.size, "schema": str(self.schema),
                "card": str(self.card)}  # fmt: skip


def export(subject: "Subject", to: str, out: str | Path | None = None) -> Exported:
    """Write, try and keep a file.

    Args:
        subject: The run.
        to: ``keras``, ``saved_model``, ``onnx`` or ``litert``.
        out: Where to; ``export/`` in the run's folder by default.

    Raises:
        ConfigError: Keras runs on another library than TensorFlow.
        RunError: A format that does not carry the run, packages that are absent, a place that cannot be written, or a
            file that answers otherwise than its run.
    """
    needs_tensorflow("exported files")
    place = _place(subject, to, out)
    _refuse(subject, to)
    from nnrecipes.inference.export.formats import WRITERS, input_keys, remove

    core = subject.core()
    rows, expected = subject.probe()
    keys = input_keys(list(rows[0]))
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".export-", dir=place.parent) as folder:
            aside = Path(folder) / place.name
            WRITERS[to](core, aside)
            differences = _tried(to, aside, rows, keys, expected)
            remove(place)
            aside.rename(place)
    except OSError as error:
        raise cannot_write(place, error) from None
    size = sum(file.stat().st_size for file in place.rglob("*")) if place.is_dir() else place.stat().st_size
    count = sum(len(next(iter(batch.values()))) for batch in rows)
    made = Exported(place, to, count, differences, size, _beside(place, ".schema.json"), _beside(place, ".card.md"))
    _describe(subject, made, keys)
    return made


def _place(subject: "Subject", to: str, out: str | Path | None) -> Path:
    if to not in FORMATS:
        raise RunError(f"export: to: expected one of {', '.join(FORMATS)}. "
                       f"Received: {to!r}.{did_you_mean(to, FORMATS)}")  # fmt: skip
    if out is None:
        name = subject.recipe + ENDINGS[to] if ENDINGS[to] else f"{subject.recipe}_saved_model"
        return subject.folder / "export" / name
    place = Path(out).expanduser().absolute()
    if ENDINGS[to] and place.suffix != ENDINGS[to]:
        raise RunError(f"export: out: expected a name that ends in {ENDINGS[to]} for {to}. Received: {str(out)!r}.")
    if place.is_dir() and (ENDINGS[to] or not (place / "saved_model.pb").is_file()) and (any(place.iterdir())):
        raise RunError(f"export: out: expected a new place, or a file of the same kind. Received: {str(out)!r}, a "
                       "folder with something else in it.")  # fmt: skip
    if not ENDINGS[to] and place.is_file():
        raise RunError(f"export: out: expected the name of a folder for saved_model. Received: {str(out)!r}, a file.")
    return place


def _refuse(subject: "Subject", to: str) -> None:
    """Say before anything is written what a format cannot carry."""
    reason = subject.obstacle(to)
    if reason is not None:
        raise RunError(f"export: to: {reason}")
    absent = [name for name in NEEDED.get(to, ()) if find_spec(name) is None]
    if absent:
        raise RunError(f"export: {to}: expected the packages of the extra export (pip install 'nnrecipes[export]'). "
                       f"Received: no {', '.join(absent)}.")  # fmt: skip


def _tried(to: str, aside: Path, rows: Any, keys: dict[str, str], expected: Any) -> dict[str, float]:
    from nnrecipes.inference.export.verify import verify

    found = verify(to, aside, rows, keys, expected)
    worst = max(found, key=lambda name: found[name])
    if not found[worst] <= LIMIT:
        far = "another class, or no answer" if found[worst] == float("inf") else f"{found[worst]:.1e} at {worst!r}"
        raise RunError(f"export: {to}: expected a file that answers as its run does, within {LIMIT:g}. "
                       f"Received: {far}; nothing was kept.")  # fmt: skip
    return found


def _describe(subject: "Subject", made: Exported, keys: dict[str, str]) -> None:
    from nnrecipes.inference.export.card import model_card
    from nnrecipes.runs.files import write_text

    schema = subject.schema()
    for item in schema["inputs"]:
        item["key"] = keys[item["name"]]
    write_text(made.schema, json.dumps(schema, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    write_text(made.card, model_card(subject, made, schema))


def _beside(place: Path, ending: str) -> Path:
    stem = place.stem if place.suffix in set(ENDINGS.values()) else place.name
    return place.with_name(stem + ending)

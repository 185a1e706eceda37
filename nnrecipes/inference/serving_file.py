"""The file in a run's folder from which the run answers without TensorFlow: ``serving/answers.onnx``.

It is made from the run on first use, tried on 512 rows, and kept with a seal: the sha256 of the file, of its schema,
and of the run's ``provenance.json``. A run that no ONNX file can carry has a seal that says why: nobody tries twice.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnrecipes import __version__
from nnrecipes.config.backend import needs_tensorflow
from nnrecipes.errors import RunError
from nnrecipes.inference.predictor import Array, Arrays, Predictor, Row
from nnrecipes.runs.files import read_json, replacing, write_json
from nnrecipes.runs.layout import RunFolder

if TYPE_CHECKING:
    from nnrecipes.inference.export.subject import Subject

NEEDED = ("onnx", "tf2onnx", "onnxruntime")
"""Modules that making the file needs; answering needs the last alone."""


def open_predictor(folder: RunFolder) -> Predictor | None:
    """Return the predictor of a run's own file; None where there is none, or onnxruntime is absent.

    Args:
        folder: The run.

    Raises:
        RunError: The file is not as the run made it.
    """
    seal = folder.serving / "seal.json"
    if not seal.is_file() or find_spec("onnxruntime") is None:
        return None
    kept = read_json(seal)
    if kept.get("provenance") != _sha256(folder.provenance.read_bytes()) or "obstacle" in kept:
        return None
    content = _whole(folder.serving / "answers.onnx", kept["files"])
    schema = json.loads(_whole(folder.serving / "schema.json", kept["files"]))
    return Predictor(schema, onnx_answers(content), backend="onnxruntime", media=media_of(folder, schema))


def obstacle(folder: RunFolder) -> str | None:
    """Return why the run has no file, where this release of the package found it out before."""
    seal = folder.serving / "seal.json"
    if not seal.is_file():
        return None
    kept = read_json(seal)
    same = kept.get("provenance") == _sha256(folder.provenance.read_bytes()) and kept.get("version") == __version__
    return kept.get("obstacle") if same else None


def can_make() -> bool:
    """Whether the packages that make the file are there."""
    return all(find_spec(name) is not None for name in NEEDED)


def make_predictor(subject: "Subject", folder: RunFolder, *, keep: bool = True) -> Predictor:
    """Make the file from the run, try it, keep it where the folder can be written, and return its predictor.

    Args:
        subject: The run.
        folder: Its folder.
        keep: Whether to write anything.

    Raises:
        RunError: ONNX does not carry the run, or the file answers otherwise.
    """
    from nnrecipes.inference.export.packed_file import packed_file

    core = subject.core(packed=True)
    try:
        content, schema = packed_file(subject, core)
    except RunError as error:
        if keep:
            _keep(folder, {}, {"obstacle": str(error), "version": __version__})
        raise
    if keep:
        texts = json.dumps(schema, ensure_ascii=False, allow_nan=False).encode("utf-8")
        _keep(folder, {"answers.onnx": content, "schema.json": texts}, {})
    return Predictor(schema, onnx_answers(content), backend="onnxruntime", media=media_of(folder, schema))


def tensorflow_predictor(subject: "Subject", folder: RunFolder) -> Predictor:
    """Return a predictor that needs nothing but TensorFlow."""
    from nnrecipes.training.startup import start_tensorflow

    needs_tensorflow("what answers rows one by one")
    start_tensorflow()
    from nnrecipes.inference.export.packed_file import packed_schema, tensorflow_answers

    core = subject.core(packed=True)
    schema = packed_schema(subject, core)
    return Predictor(schema, tensorflow_answers(core), backend="tensorflow", media=media_of(folder, schema))


def onnx_answers(content: bytes) -> Callable[[Arrays], Arrays]:
    """Return the session of an ONNX file as a function; one thread, as rows come one by one."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    names = [item.name for item in session.get_outputs()]
    run = session.run

    def answer(arrays: Arrays) -> Arrays:
        return dict(zip(names, run(names, arrays), strict=True))

    return answer


def media_of(folder: RunFolder, schema: Mapping[str, Any]) -> Callable[[Sequence[Row]], Arrays] | None:
    """Return how rows become the arrays of images, texts and series; None for a run without them."""
    names = [column["name"] for column in schema["columns"] if column["type"] in ("image", "text", "series")]
    if not names:
        return None
    kept: list[Any] = []

    def read(rows: Sequence[Row]) -> Arrays:
        if not kept:
            from nnrecipes.inference.media_rows import MediaRows

            kept.append(MediaRows(folder, names))
        found: dict[str, Array] = kept[0].arrays(rows)
        return found

    return read


def _keep(folder: RunFolder, files: Mapping[str, bytes], more: Mapping[str, str]) -> None:
    """Write files and their seal; a folder that cannot be written is left alone."""
    try:
        for name, content in files.items():
            with replacing(folder.serving / name) as aside:
                aside.write_bytes(content)
        sums = {name: _sha256(content) for name, content in files.items()}
        write_json(folder.serving / "seal.json",
                   {"provenance": _sha256(folder.provenance.read_bytes()), "files": sums, **more})  # fmt: skip
    except RunError:
        return


def _whole(path: Path, sums: Mapping[str, str]) -> bytes:
    try:
        content = path.read_bytes()
    except OSError:
        content = b""
    if _sha256(content) != sums.get(path.name):
        raise RunError(f"{path}: expected the file as the run made it (sha256 in seal.json). Received: one that was "
                       f"altered or cut short since; remove {path.parent} and it is made anew.")  # fmt: skip
    return content


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

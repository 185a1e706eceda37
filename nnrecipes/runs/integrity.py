"""The files of a finished run -> their sha256 in ``provenance.json``; and a file that is read again is checked first.

This finds a copy that was cut short, a disk's fault and an edit by hand. It does not find a forger, who would write the
check sums as well.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nnrecipes.errors import RunError
from nnrecipes.runs.files import read_json, write_text
from nnrecipes.runs.layout import FORMAT, LAST_READERS, OLDEST_FORMAT, RunFolder

OWN = ',\n "sha256": "'  # what stands before provenance.json's own check sum, which is of the text before this


def seal(folder: RunFolder, provenance: Mapping[str, Any]) -> None:
    """Write ``provenance.json`` with the format and the sha256 of every other file of the run.

    Raises:
        RunError: The file cannot be written.
    """
    values = {"format": FORMAT, **provenance, "files": hash_files(folder)}
    head = json.dumps(values, indent=1, allow_nan=False, ensure_ascii=False).removesuffix("\n}")
    write_text(folder.provenance, f'{head}{OWN}{_sha256(head.encode("utf-8"))}"\n}}\n')


def read_provenance(folder: RunFolder) -> dict[str, Any]:
    """Read ``provenance.json``.

    Raises:
        RunError: It is missing, damaged or altered, or of a format that this release does not read.
    """
    values = read_json(folder.provenance)
    if not isinstance(values, dict):
        raise _altered(folder.provenance)
    _check_format(folder, values)
    if values["format"] >= 2:
        head, found, tail = folder.provenance.read_text("utf-8").rpartition(OWN)
        if not found or tail.partition('"')[0] != _sha256(head.encode("utf-8")):
            raise _altered(folder.provenance)
    return values


def check_file(folder: RunFolder, path: Path, provenance: Mapping[str, Any]) -> Path:
    """Return the path of a file, or of a folder of files, that is as the run wrote it.

    Args:
        folder: The run.
        path: A file or folder in it.
        provenance: What :func:`read_provenance` returned.

    Raises:
        RunError: A file is missing or altered, by name.
    """
    name = path.relative_to(folder.path).as_posix()
    known: Mapping[str, str] = provenance.get("files", {})
    for file in [file for file in known if file == name or file.startswith(f"{name}/")]:
        state = _state(folder.path / file, known[file])
        if state == "missing":
            raise RunError(f"{folder.path / file}: expected this file of a run. Received: nothing there.")
        if state == "altered":
            raise _altered(folder.path / file)
    return path


def damage(folder: RunFolder, provenance: Mapping[str, Any]) -> dict[str, str]:
    """File -> ``missing`` or ``altered``, of every file of the run that is not as the run wrote it."""
    states = {name: _state(folder.path / name, known) for name, known in provenance.get("files", {}).items()}
    return {name: state for name, state in states.items() if state != "whole"}


def hash_files(folder: RunFolder) -> dict[str, str]:
    """Path in the run -> sha256, of every file but ``provenance.json`` and what goes when a run ends."""
    left_out = {folder.provenance, folder.mark, *folder.resume}
    files = sorted(path for path in folder.path.rglob("*") if path.is_file() and path not in left_out)
    return {path.relative_to(folder.path).as_posix(): _digest(path) for path in files}


def _state(path: Path, known: str) -> str:
    try:
        return "whole" if _digest(path) == known else "altered"
    except FileNotFoundError:
        return "missing"
    except OSError as error:
        raise RunError(f"{path}: expected a file that can be read. Received: {error.strerror}.") from None


def _check_format(folder: RunFolder, values: Mapping[str, Any]) -> None:
    number = values.get("format")
    writer = f"format {number!r} of nnrecipes {dict(values.get('versions') or {}).get('nnrecipes', '?')}"
    if isinstance(number, int) and number > FORMAT:
        raise RunError(f"{folder.path}: expected a run of format {FORMAT} or older. Received: {writer}, which is newer "
                       "than this release: upgrade nnrecipes.")  # fmt: skip
    if not isinstance(number, int) or isinstance(number, bool) or number < OLDEST_FORMAT:
        reader = LAST_READERS.get(number) if isinstance(number, int) else None
        advice = f", which nnrecipes {reader} is the last release to read" if reader else ""
        expected = f"a run of format {OLDEST_FORMAT} to {FORMAT}"
        raise RunError(f"{folder.path}: expected {expected}. Received: {writer}{advice}.")


def _altered(path: Path) -> RunError:
    expected = "the file as the run wrote it (sha256 in provenance.json)"
    return RunError(f"{path}: expected {expected}. Received: one that was altered or cut short since.")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

"""A run from its first moment to its last: made, locked, marked as unfinished, resumed, and ended.

The mark ``.unfinished`` says what the run was begun with, a line of JSON, and has one more line for each time that it
was resumed. Whoever works on a run holds a lock on the mark, which the system takes away when the process dies. The
mark is written before ``config.yaml``, without which a folder is no run, and goes last of all.
"""

import fcntl
import json
import os
import secrets
import shlex
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from nnrecipes.errors import RunError, cannot_write
from nnrecipes.runs.files import write_text
from nnrecipes.runs.layout import RunFolder, runs_root


@contextmanager
def new_run(
    recipe: str, config: str, start: Mapping[str, Any] | None = None, root: str | Path | None = None
) -> Iterator[RunFolder]:
    """Make a run folder, which is finished when the block ends well.

    After an error, a run with no completed epoch is removed; after Ctrl-C, or with an epoch, it can be resumed.

    Args:
        recipe: The recipe's name.
        config: The text of ``config.yaml``.
        start: What the run is begun with: see :func:`read_mark`.
        root: The folder of all runs.

    Raises:
        RunError: The folder cannot be written.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    folder = RunFolder(runs_root(root) / recipe / f"{stamp}-{secrets.token_hex(3)}")
    try:
        folder.path.mkdir(parents=True)
        mark = _open(folder.mark, os.O_CREAT)
    except OSError as error:
        raise cannot_write(folder.path, error) from None
    with mark, _worked_on(folder, mark, fresh=True):
        _append(mark, start or {})
        write_text(folder.config, config)
        yield folder


@contextmanager
def reopened(folder: RunFolder) -> Iterator[list[dict[str, Any]]]:
    """Take up an unfinished run, which is finished when the block ends well; the block gets the lines of its mark.

    Raises:
        RunError: Another process works on it.
    """
    try:
        mark = _open(folder.mark)
    except OSError as error:
        raise cannot_write(folder.mark, error) from None
    with mark, _worked_on(folder, mark, fresh=False):
        lines = read_mark(folder)
        for path in _leavings(folder):
            path.unlink()
        yield lines


def note_resumed(folder: RunFolder, epochs: int, changed: Mapping[str, str]) -> dict[str, Any]:
    """Add a line to the mark and return it: when, after how many epochs, and which versions are others by now."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    line = {"at": at, "epochs": epochs, "versions": dict(changed)}
    with _open(folder.mark) as mark:
        _append(mark, line)
    return line


def read_mark(folder: RunFolder) -> list[dict[str, Any]]:
    """What the run was begun with (``versions``, ``data``, ``needs``, ...), and a line for each resumption.

    Raises:
        RunError: The first line is damaged.
    """
    try:
        first, *others = folder.mark.read_bytes().splitlines()
        begun = json.loads(first)
        if not isinstance(begun, dict):
            raise TypeError
    except (OSError, ValueError, TypeError):
        expected = f"{folder.mark}: expected what the run was begun with"
        raise RunError(f"{expected}. Received: nothing, or a damaged file.") from None
    lines = [begun]
    for line in others:
        with suppress(ValueError):  # a kill cut it
            lines.append(json.loads(line))
    return lines


def resume_command(folder: RunFolder, needs: list[str]) -> str:
    """What a user types to go on with a run."""
    if not needs:
        return f"nnrecipes train --resume {shlex.quote(str(folder.path.absolute()))}"
    return f"nnrecipes.resume({str(folder.path.absolute())!r}, {', '.join(f'{name}=...' for name in needs)})"


@contextmanager
def _worked_on(folder: RunFolder, mark: BinaryIO, *, fresh: bool) -> Iterator[None]:
    _lock(folder, mark)
    try:
        yield
    except BaseException as error:
        known = cannot_write(error.filename or folder.path, error) if isinstance(error, OSError) else error
        worth = folder.config.exists() and (bool(folder.resume) or isinstance(error, KeyboardInterrupt))
        if fresh and not worth:
            shutil.rmtree(folder.path, ignore_errors=True)
        else:
            known.add_note(f"To go on with this run: {resume_command(folder, _needs(folder))}")
        if known is error:
            raise
        raise known from None
    folder.mark.unlink()
    shutil.rmtree(folder.workers, ignore_errors=True)
    for path in folder.resume:
        path.unlink()


def _lock(folder: RunFolder, mark: BinaryIO) -> None:
    try:
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise RunError(f"{folder.path}: expected a run that nobody works on. "
                       "Received: one that another process trains or resumes at this moment.") from None  # fmt: skip
    try:
        same = os.path.samestat(os.fstat(mark.fileno()), folder.mark.stat())
    except FileNotFoundError:
        same = False
    if not same:
        raise RunError(f"{folder.path}: expected an unfinished run. Received: one that was finished at this moment.")


def _needs(folder: RunFolder) -> list[str]:
    try:
        return list(read_mark(folder)[0].get("needs", []))
    except (OSError, RunError):
        return []


def _leavings(folder: RunFolder) -> list[Path]:
    """What a kill left of files that were being written."""
    found = [path for path in folder.path.rglob("*") if path.name.startswith(".") or path.name.endswith(".part")]
    return [path for path in found if path.is_file() and path != folder.mark]


def _open(path: Path, flags: int = 0) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_APPEND | flags, 0o666), "rb+", buffering=0)


def _append(mark: BinaryIO, values: Mapping[str, Any]) -> None:
    mark.write(f"{json.dumps(values, ensure_ascii=False)}\n".encode())

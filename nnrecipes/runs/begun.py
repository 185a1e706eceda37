"""What a run was begun with: kept in its mark, and compared before it is resumed."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from nnrecipes.errors import RunError
from nnrecipes.runs.layout import FORMAT, RunFolder
from nnrecipes.runs.provenance import versions

MACHINE = {"platform"}  # differs after an update of the kernel, which decides no number


def begun_with(config: str, origin: str, sha256: str, needs: Sequence[str]) -> dict[str, Any]:
    """Return what a run is begun with.

    Args:
        config: The text of its ``config.yaml``.
        origin: Of the data.
        sha256: Of the data.
        needs: Which of ``data``, ``model`` and ``callbacks`` were given in Python.
    """
    return {
        "format": FORMAT,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "config": _sha256(config.encode("utf-8")),
        "data": {"origin": origin, "sha256": sha256},
        "needs": list(needs),
        "versions": versions(),
    }


def check_begun(
    folder: RunFolder, begun: Mapping[str, Any], given: Mapping[str, bool], *, force: bool
) -> dict[str, str]:
    """Check that a run can go on here; return the versions that have changed since, which ``force`` lets pass.

    Args:
        folder: The run.
        begun: What it was begun with.
        given: Which of ``data``, ``model`` and ``callbacks`` are given now.
        force: Whether other versions are let pass.

    Raises:
        RunError: The recipe or the versions are not those of the beginning, or something is given that was not, or the
            other way round.
    """
    if begun.get("format") != FORMAT:
        received = f"format {begun.get('format')!r}, which only its own release goes on with"
        raise RunError(f"{folder.path}: expected an unfinished run of format {FORMAT}. Received: {received}.")
    if not folder.config.is_file() or _sha256(folder.config.read_bytes()) != begun["config"]:
        expected = "the recipe that the run was begun with (sha256 in .unfinished)"
        raise RunError(f"{folder.config}: expected {expected}. Received: an altered one.")
    for name, now in given.items():
        if now != (name in begun["needs"]):
            expected = f"{name}=... as at the run's beginning" if not now else f"no {name}, as at the run's beginning"
            raise RunError(f"{folder.path}: expected {expected}. Received: {'one' if now else 'none'}.")
    changed = _changed(begun["versions"])
    if changed and not force:
        listed = ", ".join(f"{name} {number}" for name, number in changed.items())
        then = ", ".join(f"{name} {begun['versions'].get(name, 'absent')}" for name in changed)
        raise RunError(f"{folder.path}: expected {then}, with which the run was begun. Received: {listed}. "
                       "The numbers may differ; --force (in Python force=True) goes on all the same.")  # fmt: skip
    return changed


def check_rows(folder: RunFolder, begun: Mapping[str, Any], origin: str, sha256: str) -> None:
    """Check that the rows are those of the beginning.

    Raises:
        RunError: They are others.
    """
    known = begun["data"]["sha256"]
    if sha256 != known:
        raise RunError(f"{origin}: expected the rows that {folder.path} was begun with (sha256 {known[:12]}…). "
                       f"Received: others (sha256 {sha256[:12]}…).")  # fmt: skip


def _changed(then: Mapping[str, str]) -> dict[str, str]:
    now = versions()
    names = [name for name in {**then, **now} if name not in MACHINE and then.get(name) != now.get(name)]
    return {name: now.get(name, "absent") for name in names}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

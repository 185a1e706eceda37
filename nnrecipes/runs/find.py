"""What a user calls a run (a path, the beginning of its id, ``latest``) -> its folder."""

import shlex
from pathlib import Path

from nnrecipes.errors import RunError, did_you_mean
from nnrecipes.runs.layout import RunFolder, runs_root


def list_folders(root: str | Path | None = None) -> list[RunFolder]:
    """Every run under ``root``, oldest first."""
    found = [
        RunFolder(path) for path in runs_root(root).glob("*/*") if path.is_dir() and (path / "config.yaml").exists()
    ]
    return sorted(found, key=lambda folder: (folder.id[:16], folder.path.stat().st_mtime_ns))


def find_run(run: str | Path, root: str | Path | None = None, *, unfinished: bool = False) -> RunFolder:
    """Return the folder of a run.

    Args:
        run: A folder's path, the beginning of an id (of its time or of its last six digits), or ``latest``.
        root: The folder of all runs.
        unfinished: Whether a run may be unfinished; ``latest`` is then the latest that is.

    Raises:
        RunError: If there is none, if several fit, or if it is not finished.
    """
    path = Path(run).expanduser()
    if (path / "provenance.json").exists() or (path / "config.yaml").exists():
        return _finished(RunFolder(path.resolve()), unfinished)
    folders = list_folders(root)
    if str(run) == "latest":
        wanted = [folder for folder in folders if folder.finished is not unfinished]
        if not wanted:
            state = "unfinished" if unfinished else "finished"
            raise RunError(f"{runs_root(root)}: expected at least one {state} run. Received: none.")
        return wanted[-1]
    fitting = [f for f in folders if f.id.startswith(str(run)) or f.id.rpartition("-")[2].startswith(str(run))]
    if len(fitting) > 1:
        names = ", ".join(folder.id for folder in fitting[:5])
        raise RunError(
            f"{run}: expected a run's id that fits one run. Received: one that fits {len(fitting)}: {names}."
        )
    if not fitting:
        near = did_you_mean(run, [folder.id for folder in folders])
        expected = "a run's folder, the beginning of its id, or latest"
        received = f"{str(run)!r}, which fits none of the {len(folders)} runs under {runs_root(root)}"
        raise RunError(f"{run}: expected {expected}. Received: {received}.{near}")
    return _finished(fitting[0], unfinished)


def _finished(folder: RunFolder, unfinished: bool) -> RunFolder:
    if not folder.finished and not unfinished:
        received = "one that was stopped before its end, or is still being trained"
        raise RunError(f"{folder.path}: expected a finished run. Received: {received} "
                       f"(nnrecipes train --resume {shlex.quote(str(folder.path))} goes on).")  # fmt: skip
    return folder

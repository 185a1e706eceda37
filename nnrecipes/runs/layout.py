"""The run folder ``runs/<recipe>/<UTC time>-<short id>/``: its files, and the mark that it is not finished."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nnrecipes.errors import RunError

FORMAT = 1
"""Version of the run folder's format."""
MARK = ".unfinished"


@dataclass(frozen=True)
class RunFolder:
    """The paths of one run."""

    path: Path

    config = property(lambda self: self.path / "config.yaml")
    provenance = property(lambda self: self.path / "provenance.json")
    model = property(lambda self: self.path / "model.keras")
    weights = property(lambda self: self.path / "model.weights.h5")
    preprocessor = property(lambda self: self.path / "preprocessor")
    metrics = property(lambda self: self.path / "metrics.json")
    history = property(lambda self: self.path / "history.csv")
    predictions = property(lambda self: self.path / "predictions.csv")
    plots = property(lambda self: self.path / "plots")
    mark = property(lambda self: self.path / MARK)

    @property
    def id(self) -> str:
        """The folder's own name: UTC time and short id."""
        return self.path.name

    @property
    def recipe(self) -> str:
        """The recipe's name."""
        return self.path.parent.name

    @property
    def finished(self) -> bool:
        """Whether the run came to its end."""
        return self.provenance.is_file() and not self.mark.exists()


def runs_root(root: str | Path | None = None) -> Path:
    """The folder of all runs: given, or ``NNRECIPES_RUNS``, or ``runs`` in the current folder."""
    return Path(root or os.environ.get("NNRECIPES_RUNS") or "runs").expanduser()


def create_run(recipe: str, root: str | Path | None = None) -> RunFolder:
    """Make a new, empty, unfinished run folder.

    Raises:
        RunError: If the folder cannot be made.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    folder = RunFolder(runs_root(root) / recipe / f"{stamp}-{secrets.token_hex(3)}")
    try:
        folder.path.mkdir(parents=True)
        folder.mark.touch()
    except OSError as error:
        raise RunError(f"{folder.path}: expected a place that can be written. Received: {error.strerror}.") from None
    return folder


@contextmanager
def unfinished(folder: RunFolder) -> Iterator[RunFolder]:
    """Take the mark away when the block ends well; a folder in which nothing was kept yet is removed on an error."""
    try:
        yield folder
    except BaseException:
        if {path.name for path in folder.path.iterdir()} <= {MARK, "config.yaml"}:
            for path in folder.path.iterdir():
                path.unlink()
            folder.path.rmdir()
        raise
    folder.mark.unlink()

"""The run folder ``runs/<recipe>/<UTC time>-<short id>/``: its files, and the versions of its format."""

import os
from dataclasses import dataclass
from pathlib import Path

FORMAT = 2
"""Version of the run folder's format. 1 had no check sums."""
OLDEST_FORMAT = 1
"""The oldest format that this release reads."""
LAST_READERS: dict[int, str] = {}
"""Format that is not read any more -> the last release that reads it."""
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
    decision = property(lambda self: self.path / "decision.json")
    importance = property(lambda self: self.path / "importance.json")
    cross_validation = property(lambda self: self.path / "cross_validation.json")
    advice = property(lambda self: self.path / "advice.json")
    history = property(lambda self: self.path / "history.csv")
    gallery = property(lambda self: self.path / "gallery.npz")
    predictions = property(lambda self: self.path / "predictions.csv")
    plots = property(lambda self: self.path / "plots")
    workers = property(lambda self: self.path / "checkpoints" / "ray")
    serving = property(lambda self: self.path / "serving")
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
    def root(self) -> Path:
        """The folder of all runs that it lies in."""
        return self.path.parent.parent

    @property
    def resume(self) -> list[Path]:
        """What an unfinished run goes on from."""
        folders = [self.path, *(self.path / "members").glob("*")]
        files = [file for folder in folders for file in (folder / "checkpoints").glob("resume-*.npz")]
        return [*files, *self.workers.glob("checkpoint_*/state.npz")]

    @property
    def finished(self) -> bool:
        """Whether the run came to its end."""
        return self.provenance.is_file() and not self.mark.exists()


def runs_root(root: str | Path | None = None) -> Path:
    """The folder of all runs: given, or ``NNRECIPES_RUNS``, or ``runs`` in the current folder."""
    return Path(root or os.environ.get("NNRECIPES_RUNS") or "runs").expanduser()

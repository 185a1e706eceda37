"""A finished run -> the trackers that its recipe names (``training.trackers``).

They are told when the run is whole, from its files alone, so that every kind of run, an ensemble and a resumed one are
told alike, and a tracker that fails loses nothing: ``nnrecipes track RUN`` tells it again. Whether it can be reached is
asked before the first epoch.
"""

import shlex
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from nnrecipes.errors import RunError, did_you_mean
from nnrecipes.runs.layout import RunFolder, runs_root

TRACKERS = ("mlflow",)
NEEDED = {"mlflow": ("mlflow", "sqlalchemy", "alembic")}
"""Tracker -> the modules of the extra of its name."""


def check_trackers(trackers: Sequence[str], recipe: str, root: str | Path | None = None) -> None:
    """Open what a run will be logged to, before it is trained.

    Args:
        trackers: Of the recipe.
        recipe: Its name.
        root: The folder of all runs.

    Raises:
        RunError: A package is absent, or the tracker cannot be reached.
    """
    for name in dict.fromkeys(trackers):
        _need(name)
        from nnrecipes.runs.mlflow_log import open_experiment

        open_experiment(recipe, runs_root(root))


def track(folder: RunFolder, tracker: str) -> str:
    """Log a finished run and return where: one that is logged already is not logged again.

    Args:
        folder: The run.
        tracker: ``mlflow``.

    Raises:
        RunError: A package is absent, or the tracker refuses.
    """
    _need(tracker)
    from nnrecipes.runs.mlflow_log import log_run

    return log_run(folder, folder.root)


def track_finished(folder: RunFolder, trackers: Sequence[str], say: Callable[[str], None]) -> None:
    """Log a run that was trained at this moment, and say where.

    Args:
        folder: The run.
        trackers: Of its recipe.
        say: Called with a line a tracker.

    Raises:
        RunError: A tracker refuses; the message says that the run is kept and how to log it.
    """
    for name in dict.fromkeys(trackers):
        try:
            say(f"logged to {name}: {track(folder, name)}")
        except RunError as error:
            again = f"nnrecipes track {shlex.quote(str(folder.path))} --to {name}"
            raise RunError(f"{error} The run is finished and kept; {again} logs it.") from None


def _need(tracker: str) -> None:
    if tracker not in TRACKERS:
        raise RunError(f"track: to: expected one of {', '.join(TRACKERS)}. "
                       f"Received: {tracker!r}.{did_you_mean(tracker, TRACKERS)}")  # fmt: skip
    absent = [module for module in NEEDED[tracker] if find_spec(module) is None]
    if absent:
        raise RunError(f"training.trackers: expected the packages of the extra {tracker} (pip install "
                       f"'nnrecipes[{tracker}]'). Received: no {', '.join(absent)}.")  # fmt: skip

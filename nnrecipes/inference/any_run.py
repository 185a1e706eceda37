"""A run's folder -> :class:`~nnrecipes.inference.run.Run`, or a recommender's run, as its provenance says."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnrecipes.inference import run as with_targets
from nnrecipes.inference.recommender import RecommenderRun
from nnrecipes.runs.find import find_run, list_folders
from nnrecipes.runs.integrity import read_provenance
from nnrecipes.runs.layout import RunFolder

if TYPE_CHECKING:
    import keras

    from nnrecipes.inference.run import Run


def load_run(run: str | Path, *, runs_dir: str | Path | None = None, model: "keras.Model | None" = None) -> "Run | Any":
    """Return a finished run by its folder, the beginning of its id, or ``latest``.

    Args:
        run: Which run.
        runs_dir: The folder of all runs, ``runs`` by default.
        model: The same architecture, built by the caller, for runs of a model of the user's own class.

    Returns:
        A ``Run``; of a recommender's recipe a ``RecommenderRun``.

    Raises:
        RunError: If there is no such run, it is not finished, or its format is not one that this release reads.
    """
    folder = find_run(run, runs_dir)
    if is_recommender_run(folder):
        return RecommenderRun(folder)
    return with_targets.load_run(folder.path, model=model)


def load_recommender_run(run: str | Path, *, runs_dir: str | Path | None = None) -> RecommenderRun:
    """Return a finished run of a recommender's recipe.

    Raises:
        RunError: If there is no such run, or it is of a recipe with targets.
    """
    from nnrecipes.errors import RunError

    folder = find_run(run, runs_dir)
    if not is_recommender_run(folder):
        raise RunError(f"{folder.path}: expected a recommender's run. Received: one of a recipe with targets, whose "
                       "command is predict.")  # fmt: skip
    return RecommenderRun(folder)


def list_runs(runs_dir: str | Path | None = None) -> list[Any]:
    """Every finished run, oldest first."""
    folders = [folder for folder in list_folders(runs_dir) if folder.finished]
    return [load_run(folder.path) for folder in folders]


def is_recommender_run(folder: RunFolder) -> bool:
    """Whether a finished run is of a recommender's recipe."""
    return read_provenance(folder).get("kind") == "recommender"

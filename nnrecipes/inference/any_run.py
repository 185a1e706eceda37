"""A run's folder -> :class:`~nnrecipes.inference.run.Run`, or a recommender's run, as its provenance says."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnrecipes.errors import RunError
from nnrecipes.inference import run as with_targets
from nnrecipes.inference.autoencoder import AutoencoderRun
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
        A ``Run``; of a recommender's recipe a ``RecommenderRun``, of an autoencoder's an ``AutoencoderRun``.

    Raises:
        RunError: If there is no such run, it is not finished, or its format is not one that this release reads.
    """
    folder = find_run(run, runs_dir)
    if run_kind(folder) in {"recommender", "autoencoder"}:
        return hold(folder, None)
    return with_targets.load_run(folder.path, model=model)


def hold(folder: RunFolder, model: "keras.Model | None") -> "Run | Any":
    """Return a finished run, with its network where that is in memory already."""
    match run_kind(folder):
        case "recommender":
            return RecommenderRun(folder)
        case "autoencoder":
            return AutoencoderRun(folder)
    return with_targets.Run(folder, model)


def load_autoencoder_run(run: str | Path, *, runs_dir: str | Path | None = None) -> AutoencoderRun:
    """Return a finished run of an autoencoder's recipe.

    Raises:
        RunError: If there is no such run, or it is of another kind.
    """
    folder = find_run(run, runs_dir)
    if (kind := run_kind(folder)) != "autoencoder":
        raise RunError(f"{folder.path}: expected an autoencoder's run. Received: one of a {kind}.")
    return AutoencoderRun(folder)


def load_recommender_run(run: str | Path, *, runs_dir: str | Path | None = None) -> RecommenderRun:
    """Return a finished run of a recommender's recipe.

    Raises:
        RunError: If there is no such run, or it is of a recipe with targets.
    """
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
    return run_kind(folder) == "recommender"


def run_kind(folder: RunFolder) -> str:
    """What a finished run is of: a ``network`` (with targets), a ``recommender`` or an ``autoencoder``."""
    return str(read_provenance(folder).get("kind", "network"))

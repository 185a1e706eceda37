"""A finished run -> the same recipe trained on more rows, for as many epochs as were best, before it serves."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from nnrecipes.config.load import load_config, resolved
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.errors import DataError, RunError
from nnrecipes.recipe import train

if TYPE_CHECKING:
    from nnrecipes.inference.run import Run

FitRows = Literal["train_validation", "all"]


def refit(
    run: str | Path,
    *,
    rows: FitRows = "train_validation",
    data: Any = None,
    runs_dir: str | Path | None = None,
    notify: Callable[[str], None] | None = None,
) -> "Run":
    """Train a finished run's recipe again on more of its rows.

    Nothing is chosen anew: the epochs are those up to the run's best one, each with the learning rate that it had, and
    calibration and thresholds, which rest on validation rows, are the run's own, as is that of an autoencoder's errors.

    Args:
        run: The run's folder, the beginning of its id, or ``latest``.
        rows: ``train_validation`` leaves the test rows for scoring; ``all`` leaves none, and the new run has no scores.
        data: The same rows again, where they were given from Python.
        runs_dir: The folder of all runs, ``runs`` by default.
        notify: Called with each line that a user should read.

    Raises:
        RunError: If there is no such run, or it is of a model of the user's own.
        DataError: If the rows are not those of the run.
    """
    from nnrecipes.inference.any_run import hold, run_kind
    from nnrecipes.runs.find import find_run

    folder = find_run(run, runs_dir)
    if run_kind(folder) == "recommender":
        raise RunError(f"{folder.path}: expected a run of a recipe with targets or of an autoencoder. Received: a "
                       "recommender's.")  # fmt: skip
    first = hold(folder, None)
    if first.config.model.kind == "own":
        raise RunError(f"{first.path}: expected a run of a recipe's model. Received: one of a model from Python.")
    expected, received = first.provenance["data"]["sha256"], _sha256(first.config, data)
    if received != expected:
        known = f"the rows of the run, sha256 {expected[:12]}…"
        raise DataError(f"{first.path}: expected {known} Received: {received[:12]}…")
    values = refit_values(first.config, first.history, rows, first.path.absolute())
    return train(values, data=data, runs_dir=runs_dir, notify=notify)


def _sha256(config: RecipeConfig, data: Any) -> str:
    """The check sum of the rows, and of the images that they name."""
    from nnrecipes.data.build import load_data
    from nnrecipes.data.read import source_sha256
    from nnrecipes.data.tasks import label_columns

    if any(item.kind == "image" for item in config.inputs.values()):
        return load_data(config, data).sha256
    labels = [column for group in label_columns(config.targets).values() for column in group]
    return source_sha256(config.data.source, data, labels)


def refit_values(config: RecipeConfig, history: dict[str, list[float]], rows: FitRows, origin: Path) -> dict[str, Any]:
    """Return the recipe of the refit, as plain values."""
    values = resolved(config)
    watch = config.training.callbacks
    watched = history.get(watch.monitor) or history["loss"]
    best = (max if watch.mode == "max" else min)(range(len(watched)), key=watched.__getitem__) + 1
    callbacks = values["training"]["callbacks"]
    callbacks |= {"monitor": "loss", "mode": "min", "early_stopping": None, "checkpoint": None, "schedule": None}
    if callbacks["fade"]:
        callbacks["fade"]["epochs"] = callbacks["fade"]["epochs"] or config.training.epochs
    rates = history.get("learning_rate")
    if rates:
        base = values["training"]["optimizer"]["learning_rate"]
        callbacks["schedule"] = {"kind": "given", "factors": [rate / base for rate in rates[:best]]}
    values["training"]["epochs"] = best
    if config.training.ensemble_of == "folds":
        values["training"]["ensemble_of"] = "seeds"
    values["data"]["fit_rows"] = rows
    values["refit_of"] = str(origin)
    load_config(values)
    return values

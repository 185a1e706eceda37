"""Where a run came from: versions, seed, git commit, the data's sha256 and the row ids of each split."""

import platform
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnrecipes.config.backend import backend
from nnrecipes.config.check_autoencoder import is_autoencoder
from nnrecipes.config.recipe import RecipeConfig

if TYPE_CHECKING:
    import keras

    from nnrecipes.data.build import Dataset

PACKAGES = (
    "nnrecipes",
    "tensorflow",
    "keras",
    "numpy",
    "pandas",
    "scikit-learn",
    "category_encoders",
    "pyarrow",
    "pydantic",
)


def versions() -> dict[str, str]:
    """Versions of Python, the platform and the packages that decide a run's numbers."""
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    if (name := backend()) != "tensorflow":
        found["backend"] = f"{name} {version(name)}"
    return found


def run_provenance(
    config: RecipeConfig,
    dataset: "Dataset",
    model: "keras.Model",
    history: Mapping[str, list[float]],
    how: Mapping[str, Any],
) -> dict[str, Any]:
    """Return what ``provenance.json`` says.

    Args:
        config: The recipe.
        dataset: Its rows.
        model: The trained network.
        history: What its training logged.
        how: When, how long and by what it was trained.
    """
    from nnrecipes.training.fit import updates

    epochs = len(next(iter(history.values()), []))
    split = dataset.split
    return {
        **({"kind": "autoencoder"} if is_autoencoder(config) else {}),
        "recipe": config.name,
        "seed": config.seed,
        "versions": versions(),
        "git": git_commit(Path.cwd()),
        **how,
        "data": {"origin": dataset.origin, "sha256": dataset.sha256, "columns": dict(dataset.schema.columns)},
        "notices": list(dataset.notices),
        "parameters": model.count_params(),
        "epochs": epochs,
        "updates": updates(dataset.train_rows, config.training.batch_size, epochs),
        "rows": {name: getattr(split, name).tolist() for name in ("train", "validation", "test")}
        | ({} if dataset.stream is None else {"train": dataset.train_rows}),
    }


def git_commit(folder: Path) -> dict[str, Any] | None:
    """The commit of the working tree that holds ``folder`` and whether it is clean; None outside of git."""
    try:
        commit = _git(folder, "rev-parse", "HEAD")
        return {"commit": commit, "clean": not _git(folder, "status", "--porcelain", "--untracked-files=no")}
    except (OSError, subprocess.SubprocessError):
        return None


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, timeout=20, check=True)
    return done.stdout.strip()

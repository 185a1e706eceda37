"""Where a run came from: versions, seed, git commit, the data's sha256 and the row ids of each split."""

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

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
    return found


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

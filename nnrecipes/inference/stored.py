"""A finished run's folder -> what every kind of run has: its network, history, scores and provenance, all checked.

The kinds of run inherit from :class:`StoredRun`; what they add is their verbs.
"""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnrecipes.config.backend import needs_tensorflow
from nnrecipes.errors import RunError
from nnrecipes.runs.files import read_history, read_json
from nnrecipes.runs.integrity import check_file, damage, read_provenance
from nnrecipes.runs.layout import RunFolder
from nnrecipes.training.load_model import load_model

if TYPE_CHECKING:
    import keras


class StoredRun:
    """One finished run.

    Args:
        folder: The run's folder.
        model: The network, where it is in memory already; it is read from the folder otherwise.
    """

    def __init__(self, folder: RunFolder, model: "keras.Model | None" = None) -> None:
        self.folder = folder
        self._model = model

    @property
    def path(self) -> Path:
        """The run's folder."""
        return self.folder.path

    @property
    def model(self) -> "keras.Model":
        """The trained network, a plain ``keras.Model``.

        Raises:
            RunError: If it is a model of the user's own class, which only its code can rebuild.
        """
        if self._model is None:
            self._model = read_model(self.folder, self.provenance)
        return self._model

    @cached_property
    def history(self) -> dict[str, list[float]]:
        """Name -> value an epoch; empty for a model that is solved."""
        return read_history(self._whole(self.folder.history))

    @cached_property
    def metrics(self) -> dict[str, Any]:
        """What was scored -> metrics of the test rows with their intervals, baselines and verdict."""
        found: dict[str, Any] = read_json(self._whole(self.folder.metrics))
        return found

    @cached_property
    def provenance(self) -> dict[str, Any]:
        """Versions, seed, the data's sha256, rows of each split, counts."""
        return read_provenance(self.folder)

    @property
    def advice(self) -> list[Any]:
        """What the curves and scores suggest to try; nothing, but for a recipe with targets."""
        return []

    def report(self, out: "str | Path | None" = None, *, audit: Any = None) -> Path:
        """Write the run's report, one HTML file that needs nothing else, and return its path.

        Args:
            out: The file, ``report.html`` in the run's folder by default.
            audit: What ``nn.audit(...)`` gave for the recipe, for the report to show.

        Raises:
            RunError: The file cannot be written.
        """
        from nnrecipes.inference.report import write_report

        return write_report(self, out, audit=None if audit is None else audit.to_dict())

    def track(self, to: str = "mlflow") -> str:
        """Log the run to a tracker, once, and return where; see :mod:`nnrecipes.runs.mlflow_log`.

        Args:
            to: ``mlflow``.

        Raises:
            RunError: Its packages are absent, or it refuses.
        """
        from nnrecipes.runs.trackers import track

        return track(self.folder, to)

    def damage(self) -> dict[str, str]:
        """File -> ``altered`` or ``missing``: all that is not as the run wrote it. Each file is read."""
        return damage(self.folder, self.provenance)

    def _whole(self, path: Path) -> Path:
        return check_file(self.folder, path, self.provenance)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r})"

    def _repr_html_(self) -> str:
        from nnrecipes.inference.summary import summary_html

        return summary_html(self.folder.id, self.folder.recipe, self.metrics, self.provenance, self.advice)


def read_model(folder: RunFolder, provenance: Mapping[str, Any]) -> "keras.Model":
    """Read the run's model, checked, without running code.

    Raises:
        ConfigError: It is a recommender, and Keras runs on another library than TensorFlow.
        RunError: It is missing, altered, or of a class that only its author's code has.
    """
    if provenance.get("kind") == "recommender":
        needs_tensorflow("recommenders")
    check_file(folder, folder.model, provenance)
    if not folder.model.is_file():
        if folder.weights.is_file():
            raise RunError(f"{folder.path}: expected `load_run(..., model=...)` with the same architecture. "
                           "Received: a run of a model whose class only your code has.")  # fmt: skip
        raise RunError(f"{folder.model}: expected the run's model. Received: nothing there.")
    try:
        return load_model(folder.model)
    except (OSError, ValueError, TypeError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise RunError(
            f"{folder.model}: expected a Keras model that loads without running code. Received: {reason}"
        ) from None

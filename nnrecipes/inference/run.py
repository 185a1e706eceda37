"""A run as its users hold it: the model, its numbers and its answers for new rows."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nnrecipes.config.advice import Advice
from nnrecipes.config.data import ArraysSource, ImagesSource
from nnrecipes.config.load import Loaded, load_config
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.data.batches import read_batches
from nnrecipes.data.read import read_table
from nnrecipes.data.schema import prepare
from nnrecipes.data.spec import Array, DataSpec
from nnrecipes.data.table import Table
from nnrecipes.errors import RunError
from nnrecipes.evaluation.decision import Decision, score_decided
from nnrecipes.evaluation.quantiles import point_of
from nnrecipes.inference.answering import Engine, decided_by, file_of, predictor_of
from nnrecipes.inference.decide import read_decisions
from nnrecipes.inference.gallery import identity_target, paired_cosines, read_gallery, search
from nnrecipes.inference.predictions import prediction_frame
from nnrecipes.inference.predictor import Predictor
from nnrecipes.inference.rows import answerable, one_image, read_targets, source_of
from nnrecipes.inference.stored import StoredRun
from nnrecipes.preprocessing.preprocessor import Preprocessor
from nnrecipes.runs.files import read_json
from nnrecipes.runs.find import find_run, list_folders
from nnrecipes.runs.integrity import check_file, read_provenance
from nnrecipes.runs.layout import RunFolder
from nnrecipes.training.startup import start_tensorflow

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure

    from nnrecipes.inference.export.export import Exported


class Run(StoredRun):
    """One finished run.

    Args:
        folder: The run's folder.
        model: The network, where it is in memory already; it is read from the folder otherwise.

    Attributes:
        folder: The paths of the run.
        config: The resolved recipe.
        preprocessor: Raw rows to arrays and back, fitted on the training rows.
        unseen: After a prediction: feature -> number of its rows with a category that training did not have.
        engine: After a prediction: what answered, ``TensorFlow`` or ``onnxruntime``.
    """

    def __init__(self, folder: RunFolder, model: "keras.Model | None" = None) -> None:
        super().__init__(folder, model)
        self.unseen: dict[str, int] = {}
        self.engine = "TensorFlow"
        self._file: Predictor | None = None

    @cached_property
    def _loaded(self) -> Loaded:
        return load_config(self._whole(self.folder.config))

    @property
    def config(self) -> RecipeConfig:
        """The resolved recipe."""
        return self._loaded.config

    @cached_property
    def preprocessor(self) -> Preprocessor:
        """Raw rows to arrays and back."""
        return Preprocessor.load(self._whole(self.folder.preprocessor))

    @property
    def spec(self) -> DataSpec:
        """Names, shapes and classes of inputs and targets."""
        return self.preprocessor.spec

    @cached_property
    def decisions(self) -> dict[str, Decision]:
        """Target -> calibration and threshold, fitted on the validation rows where the recipe asks for it."""
        if self.folder.decision.is_file():
            self._whole(self.folder.decision)
        return read_decisions(self.folder, self.config)

    @cached_property
    def advice(self) -> list[Advice]:
        """What the curves and scores suggest to try, at most three; empty for runs that older releases made."""
        if not self.folder.advice.is_file():
            return []
        return [Advice(**item) for item in read_json(self._whole(self.folder.advice))]

    def predict(self, data: Any, *, batch_size: int = 1024, engine: Engine = "tensorflow") -> pd.DataFrame:
        """Return named answers for raw rows, in their order.

        Args:
            data: A DataFrame, a mapping of columns, or a CSV or Parquet file; target columns are not needed.
            batch_size: Rows a step of the network.
            engine: ``auto`` answers by the run's own ONNX file, which is made on first use, and onnxruntime where that
                is installed; once the file is there TensorFlow is not imported. The answers are the same to 1e-5.

        Returns:
            One row a row: ``species``, ``species_probability_setosa``, ... Rows that a ``missing: drop`` policy cannot
            answer are empty.

        Raises:
            DataError: If a column is missing or holds what it cannot hold.
        """
        self._choose(engine)
        return pd.concat([self._predict(table, batch_size) for table in self._tables(data)], ignore_index=True)

    def predict_batches(
        self, data: Any, *, batch_size: int = 1024, rows: int = 65_536, engine: Engine = "tensorflow"
    ) -> Iterator[pd.DataFrame]:
        """Like :meth:`predict`, ``rows`` at a time: memory does not grow with the file."""
        self._choose(engine)
        for table in self._tables(data, rows):
            yield self._predict(table, batch_size)

    def embed(self, data: Any, *, batch_size: int = 1024) -> Array:
        """Return the vector of each row, of length 1, ``(rows, width)``, of a run with an identity target.

        Args:
            data: As :meth:`predict` takes it; where a row is one image, also the path of an image.
            batch_size: Rows a step of the network.
        """
        identity_target(self.spec)
        return np.asarray(self.predict(data, batch_size=batch_size).to_numpy(dtype=np.float64))

    def similarity(self, a: Any, b: Any) -> Array:
        """Return the cosine of each row of ``a`` with the row of ``b`` beside it, ``(rows,)``; one row is for all."""
        return paired_cosines(self.embed(a), self.embed(b))

    def search(self, query: Any, k: int = 5) -> pd.DataFrame:
        """Return the ``k`` nearest of the recipe's own rows for each row; see :mod:`nnrecipes.inference.gallery`."""
        target = identity_target(self.spec)
        return search(read_gallery(self._whole(self.folder.gallery)), self.embed(query), k, name=target.name)

    def evaluate(self, data: Any) -> dict[str, Any]:
        """Score labelled rows: target -> metrics with intervals.

        Raises:
            DataError: If a feature or a target column is missing, or a class is not one of training's.
        """
        truths, outputs = [], []
        for table in self._tables(data):
            frame = prepare(table, self.preprocessor.schema)
            decoded, answered = self._decoded(frame, 1024)
            outputs.append(decoded)
            truths.append(self.preprocessor.truth(read_targets(table, self.spec, self.config)[answered]))
        scores = {}
        for target in self.spec.targets:
            truth = np.concatenate([t[target.name] for t in truths])
            prediction = np.concatenate([o[target.name] for o in outputs])
            settings = self.config.evaluation
            scores[target.name] = score_decided(target, truth, prediction, self.decisions[target.name],
                                                confidence=settings.confidence, resamples=settings.bootstrap,
                                                seed=self.config.seed)  # fmt: skip
        return scores

    @property
    def cross_validation(self) -> dict[str, Any]:
        """Scores over folds where the recipe asks for them, as :func:`nnrecipes.cross_validate` gives; else empty."""
        if not self.config.evaluation.cross_validate:
            return {}
        found: dict[str, Any] = read_json(self._whole(self.folder.cross_validation))
        return found

    def importance(self, data: Any, *, repeats: int = 5) -> pd.DataFrame:
        """Return how much worse the predictions of labelled rows become when a column is shuffled.

        Args:
            data: Rows that training has not seen, with the target columns.
            repeats: Permutations of each column.

        Returns:
            ``target``, ``column``, ``metric``, ``increase`` (mean over the permutations) and ``sd``; the most important
            column of each target first. See :mod:`nnrecipes.evaluation.importance`.

        Raises:
            DataError: If a feature or a target column is missing.
        """
        from nnrecipes.inference.importance import importance_frame

        return importance_frame(self._importance(data, repeats))

    def plot_importance(self, data: Any, *, target: str | None = None, repeats: int = 5) -> "Figure":
        """The same as bars, for one target, the first by default."""
        from nnrecipes.evaluation.plots.importance import plot_importance

        name = target or self.spec.targets[0].name
        return plot_importance(self._importance(data, repeats)[name], target=name, rows="rows")

    @cached_property
    def predictor(self) -> Predictor:
        """What answers single rows: the run's own ONNX file, which is made on first use, else TensorFlow."""
        return predictor_of(self)

    def predict_one(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return the named answers of one row, as :meth:`predict` names them, within microseconds.

        Args:
            row: Column -> value; None stands for a missing one.

        Raises:
            DataError: Columns are absent, or hold what they cannot hold.

        Example:
            >>> import nnrecipes as nn
            >>> run = nn.load_zoo("iris_multi_output")
            >>> run.predict_one({"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4})["species"]
            'setosa'
        """
        return self.predictor.predict_one(row)

    def export(self, to: str = "keras", out: str | Path | None = None) -> "Exported":
        """Write one file that takes raw rows and gives named answers, tried before it is kept.

        Args:
            to: ``keras``, ``saved_model``, ``onnx`` or ``litert``.
            out: Where to; ``export/`` in the run's folder by default.

        Returns:
            The path, the greatest difference from the run, and the model card and schema beside it.

        Raises:
            RunError: See :func:`nnrecipes.inference.export.export.export`.
        """
        from nnrecipes.inference.export.export import export
        from nnrecipes.inference.export.subject import TargetSubject

        return export(TargetSubject(self), to, out)

    def plot_history(self) -> "Figure":
        """Loss and metric curves, the best epoch marked."""
        from nnrecipes.evaluation.plots.history import plot_history

        return plot_history(self.history, monitor=self.config.training.callbacks.monitor)

    def plot_model(self) -> "Figure":
        """The network's graph."""
        from nnrecipes.evaluation.plots.graph import plot_graph

        return plot_graph(self.model)

    def plot_weights(self) -> "Figure":
        """Histograms of weights and biases, layer by layer."""
        from nnrecipes.evaluation.plots.weights import plot_weights

        return plot_weights(self.model)

    def plot_confusion(self, target: str | None = None) -> "Figure":
        """The confusion matrix of the test rows, of the first classification target by default."""
        from nnrecipes.inference.figures import plot_confusion_of

        return plot_confusion_of(self, target)

    def plot_predicted(self, target: str | None = None) -> "Figure":
        """Predicted against true of the test rows, and the residuals, of the first regression target by default."""
        from nnrecipes.inference.figures import plot_predicted_of

        return plot_predicted_of(self, target)

    def plot_regions(self, a: str, b: str, data: Any, *, target: str | None = None, resolution: int = 150) -> "Figure":
        """What the run predicts over two of its numeric features, under the rows of ``data``.

        Args:
            a: The feature across.
            b: The feature upward.
            data: Labelled rows, such as the training file. The other features stand at their median in it, or at the
                most frequent category.
            target: The first target that is no multilabel one by default.
            resolution: Points along each axis.

        Raises:
            DataError: If a feature is not numeric, or a column is missing.
        """
        from nnrecipes.inference.figures import check_pair, chosen_target, plot_regions_of

        check_pair(self.preprocessor.schema, a, b)
        spec = chosen_target(self.spec.targets, target, ("regression", "binary", "multiclass"))
        frame, truth = self._labelled(data)

        def predict(rows: pd.DataFrame) -> Array:
            decoded = self._decoded(rows, 1024)[0][spec.name]
            return point_of(spec, decoded) if spec.quantiles else decoded

        return plot_regions_of(predict, (a, b), frame, truth[spec.name], spec, resolution)

    def _labelled(self, data: Any) -> tuple[pd.DataFrame, dict[str, Array]]:
        tables = list(self._tables(data))
        frame = pd.concat([prepare(table, self.preprocessor.schema) for table in tables], ignore_index=True)
        labels = pd.concat([read_targets(table, self.spec, self.config) for table in tables], ignore_index=True)
        kept = answerable(frame, self.preprocessor.schema, self.config)
        return frame[kept], self.preprocessor.truth(labels[kept])

    def _tables(self, data: Any, rows: int | None = None) -> Iterator[Table]:
        data = one_image(data, self.preprocessor.schema)
        source = source_of(data, self.preprocessor.schema)
        if isinstance(source, ArraysSource):
            return iter([read_table(source, data)])
        if rows is None or isinstance(source, ImagesSource):
            return iter([read_table(source)])
        return read_batches(source, rows)

    def decided(self, frame: pd.DataFrame, *, batch_size: int = 1024) -> tuple[dict[str, Array], Array]:
        """Return target -> numbers or calibrated probabilities of the rows that can be answered, and which those are.

        Args:
            frame: Features, as :func:`~nnrecipes.data.schema.prepare` gives them.
            batch_size: Rows a step of the network.
        """
        if self._file is not None:
            answered, kept = self._answerable(frame)
            return decided_by(self._file, self, kept), answered
        decoded, answered = self._decoded(frame, batch_size)
        decided = {target.name: self.decisions[target.name].apply(target, decoded[target.name])
                   for target in self.spec.targets}  # fmt: skip
        return decided, answered

    def _predict(self, table: Table, batch_size: int) -> pd.DataFrame:
        frame = prepare(table, self.preprocessor.schema)
        decided, answered = self.decided(frame, batch_size=batch_size)
        thresholds = {name: decision.threshold.value for name, decision in self.decisions.items()}
        answers = prediction_frame(self.spec, decided, thresholds)
        if answered.all():
            return answers
        return answers.set_index(np.flatnonzero(answered)).reindex(range(len(frame)))

    def _choose(self, engine: Engine) -> None:
        """Take the run's own file where there is one and it is asked for."""
        self.unseen = {}
        self._file = file_of(self) if engine == "auto" else None
        self.engine = "TensorFlow" if self._file is None else "onnxruntime"

    def _answerable(self, frame: pd.DataFrame) -> tuple[Array, pd.DataFrame]:
        """Which rows can be answered, and those; their unseen categories are counted."""
        answered = answerable(frame, self.preprocessor.schema, self.config)
        kept = frame[answered]
        for name, count in self.preprocessor.unseen(kept).items():
            self.unseen[name] = self.unseen.get(name, 0) + count
        return answered, kept

    def _decoded(self, frame: pd.DataFrame, batch_size: int) -> tuple[dict[str, Array], Array]:
        start_tensorflow()
        from nnrecipes.training.predict import predict_arrays

        answered, kept = self._answerable(frame)
        names = [target.output for target in self.spec.targets]
        outputs = predict_arrays(self.model, self.preprocessor.transform(kept), batch_size, outputs=names)
        return self.preprocessor.decode(outputs), answered

    def _importance(self, data: Any, repeats: int) -> dict[str, Any]:
        start_tensorflow()
        from nnrecipes.inference.importance import column_importance

        frame, truth = self._labelled(data)
        return column_importance(self.model, self.preprocessor, self.decisions, frame, truth, repeats=repeats,
                                 seed=self.config.seed)  # fmt: skip


def load_run(run: str | Path, *, runs_dir: str | Path | None = None, model: "keras.Model | None" = None) -> Run:
    """Return a finished run by its folder, the beginning of its id, or ``latest``.

    Args:
        run: Which run.
        runs_dir: The folder of all runs, ``runs`` by default.
        model: The same architecture, built by the caller, for runs of a model of the user's own class.

    Raises:
        RunError: If there is no such run, it is not finished, or its format is not one that this release reads.
    """
    folder = find_run(run, runs_dir)
    provenance = read_provenance(folder)
    if provenance.get("kind") == "autoencoder":
        raise RunError(f"{folder.path}: expected a run of a recipe with targets. Received: an autoencoder's, "
                       "whose commands are encode, denoise, anomaly, nearest and refit.")  # fmt: skip
    if provenance.get("kind") == "recommender":
        raise RunError(f"{folder.path}: expected a run of a recipe with targets. Received: a recommender's, "
                       "whose commands are recommend and similar.")  # fmt: skip
    if model is not None and folder.weights.is_file():
        model.load_weights(check_file(folder, folder.weights, provenance))
    return Run(folder, model)


def list_runs(runs_dir: str | Path | None = None) -> list[Run]:
    """Every finished run, oldest first."""
    return [Run(folder) for folder in list_folders(runs_dir) if folder.finished]

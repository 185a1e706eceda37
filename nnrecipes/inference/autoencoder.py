"""An autoencoder's run as its users hold it: codes, reconstructions, rows without noise, anomalies, likenesses."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nnrecipes.config.autoencoder import DenoisingAutoencoderConfig, ReconstructionConfig
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.data.normal import is_anomaly
from nnrecipes.data.spec import Array, DataSpec, InputSpec
from nnrecipes.errors import DataError, RunError
from nnrecipes.evaluation.anomaly import detection_metrics, threshold_of
from nnrecipes.evaluation.code_plane import plane, traversal
from nnrecipes.evaluation.code_quality import clusters, code_metrics, nmi
from nnrecipes.evaluation.reconstruction import means, row_errors, row_metrics
from nnrecipes.inference.autoencoder_rows import Block, blocks_of, rebuilt_frame, table_of, unscaled
from nnrecipes.inference.code_index import INDEX, CodeIndex
from nnrecipes.inference.run import Run
from nnrecipes.inference.stored import StoredRun
from nnrecipes.preprocessing.preprocessor import Preprocessor
from nnrecipes.preprocessing.reconstruction import values_of
from nnrecipes.runs.integrity import check_file
from nnrecipes.runs.layout import RunFolder

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure

    from nnrecipes.inference.export.export import Exported


class AutoencoderRun(StoredRun):
    """One finished run of an autoencoder's recipe.

    Rows are given as a DataFrame, a mapping of columns, a file (CSV, Parquet, IDX, a folder or archive of images) or an
    array: see :func:`~nnrecipes.inference.autoencoder_rows.blocks_of`.

    Args:
        folder: The run's folder.

    Attributes:
        folder: The paths of the run.
        config: The resolved recipe.
        preprocessor: Raw rows to arrays and back, fitted on the training rows.
    """

    def __init__(self, folder: RunFolder) -> None:
        super().__init__(folder)
        self._run = Run(folder)

    @property
    def config(self) -> RecipeConfig:
        """The resolved recipe."""
        return self._run.config

    @property
    def preprocessor(self) -> Preprocessor:
        """Raw rows to arrays and back."""
        return self._run.preprocessor

    @property
    def spec(self) -> DataSpec:
        """Name, kind and shape of the input."""
        return self._run.spec

    @cached_property
    def encoder(self) -> "keras.Model":
        """Rows -> codes."""
        model = self.model
        from nnrecipes.inference.encoder import encoder_of

        return encoder_of(model)

    @cached_property
    def decoder(self) -> "keras.Model":
        """Codes -> reconstructions.

        Raises:
            RunError: A U-Net, whose output also sees maps before its code.
        """
        model = self.model
        from nnrecipes.inference.encoder import decoder_of

        return decoder_of(model)

    @cached_property
    def index(self) -> CodeIndex:
        """Codes and ids of the training rows, and the errors of the validation rows."""
        return CodeIndex.load(check_file(self.folder, self.folder.path / INDEX, self.provenance))

    def encode(self, data: Any) -> Array:
        """Return the code of each row, float32 ``(rows, length)``.

        Raises:
            DataError: The rows are not such as the network was trained on.
        """
        return np.concatenate([self.codes(block.inputs) for block in self._blocks(data)])

    def encode_batches(self, data: Any, *, rows: int = 65_536) -> Iterator[pd.DataFrame]:
        """Yield ``code_1``, ``code_2``, ... of a file, ``rows`` at a time; rows that cannot be answered are empty.

        Before them stands ``file`` where the rows are a folder or an archive of images.
        """
        for block in self._blocks(data, rows):
            codes = self.codes(block.inputs)
            names = [f"code_{i}" for i in range(1, codes.shape[1] + 1)]
            yield _in_place(pd.DataFrame(codes, columns=names), block)

    def decode(self, codes: Array) -> Any:
        """Return what codes stand for, as :meth:`reconstruct` does.

        Args:
            codes: ``(rows, length)``.

        Raises:
            RunError: A U-Net.
            DataError: Codes of another length.
        """
        decoder = self.decoder
        shape = tuple(decoder.inputs[0].shape[1:])
        if np.ndim(codes) != 2 or np.shape(codes)[1] != int(np.prod(shape)):
            expected = f"codes of shape (rows, {int(np.prod(shape))})"
            raise DataError(f"decode: expected {expected}. Received: an array of shape {np.shape(codes)}.")
        from nnrecipes.inference.encoder import rebuilt

        return self._in_units(rebuilt(decoder, np.asarray(codes, dtype=np.float32).reshape(-1, *shape)))

    def reconstruct(self, data: Any) -> Any:
        """Return what the network makes of rows: images from 0 to 1, series in their own unit, tables as a DataFrame.

        Raises:
            DataError: The rows are not such as the network was trained on.
        """
        return self._in_units(np.concatenate([self.rebuilt(block.inputs) for block in self._blocks(data)]))

    def denoise(self, data: Any) -> Any:
        """Return noisy rows without their noise; the same as :meth:`reconstruct`, of a network trained for it.

        Raises:
            RunError: The run's network was not trained on noisy rows.
        """
        self._only_denoising()
        return self.reconstruct(data)

    def denoise_images(self, data: Any) -> Iterator[tuple[str, Array]]:
        """Yield a name and the image without noise, from 0 to 1, of each image: its file's name, else its number."""
        self._only_denoising()
        number = 0
        for block in self._blocks(data):
            for place, image in enumerate(self.rebuilt(block.inputs)):
                yield str(block.files[place]) if block.files is not None else str(number), image
                number += 1

    def denoise_batches(self, data: Any, *, rows: int = 65_536) -> Iterator[pd.DataFrame]:
        """Yield the same as columns, ``rows`` at a time: of a table its own, ``pixel_0``, ... or ``step_0``, ..."""
        self._only_denoising()
        for block in self._blocks(data, rows):
            yield _in_place(rebuilt_frame(self.rebuilt(block.inputs), self.preprocessor), block)

    def anomaly_score(self, data: Any, *, contamination: float | None = None) -> pd.DataFrame:
        """Return ``error`` and ``anomaly`` (whether the error is above :meth:`threshold`) of each row.

        Rows that are a folder or an archive of images have ``file`` before them.
        Where the rows have the label and the recipe says which classes are normal, ``true_anomaly`` stands beside them.

        Args:
            data: Rows.
            contamination: Share of the validation rows above the threshold, that of the recipe by default.
        """
        return pd.concat(list(self.anomaly_batches(data, contamination=contamination)), ignore_index=True)

    def anomaly_batches(
        self, data: Any, *, contamination: float | None = None, rows: int = 65_536
    ) -> Iterator[pd.DataFrame]:
        """Yield the same, ``rows`` at a time."""
        threshold = self.threshold(contamination)
        for block in self._blocks(data, rows):
            errors = self._errors(block.inputs)
            frame = pd.DataFrame({"error": errors, "anomaly": errors > threshold})
            if block.labels is not None and self._section.normal:
                frame["true_anomaly"] = is_anomaly(list(block.labels), self._section.normal)
            yield _in_place(frame, block)

    def threshold(self, contamination: float | None = None) -> float:
        """Return the error that a share of the validation rows exceeds.

        Raises:
            RunError: The run has no validation rows.
        """
        share = self._section.contamination if contamination is None else contamination
        if not 0 < share < 1:
            raise DataError(f"contamination: expected a share between 0 and 1. Received: {share}.")
        if not len(self.index.errors):
            raise RunError(f"{self.path}: expected validation rows, from which a threshold follows. Received: none.")
        return threshold_of(self.index.errors, share)

    def nearest(self, data: Any, k: int = 10) -> pd.DataFrame:
        """Return the training rows whose codes are nearest: ``query``, ``rank``, ``row_id``, ``label``, ``distance``.

        ``file`` stands behind ``query`` where the rows are a folder or an archive of images.

        Args:
            data: Rows, or one image as an array.
            k: Neighbours of each.
        """
        if k < 1:
            raise DataError(f"k: expected a number above 0. Received: {k}.")
        blocks = list(self._blocks(data))
        found = self.index.nearest(np.concatenate([self.codes(block.inputs) for block in blocks]), k)
        files = [block.files[block.answered] for block in blocks if block.files is not None]
        if files:
            found.insert(1, "file", np.concatenate(files)[found["query"]])
        return found

    def map(self, data: Any = None, *, method: str = "pca", seed: int = 0) -> pd.DataFrame:
        """Return codes in the plane: ``x``, ``y`` and, where it is known, ``label``.

        Args:
            data: Rows; those of training by default.
            method: ``pca``, ``tsne`` (at most 5,000 rows, drawn at random) or ``umap`` (20,000; needs umap-learn).
            seed: Of t-SNE, UMAP and the drawn rows.
        """
        codes, labels = self._coded(data)
        points, rows = plane(codes, self.index.codes, method=method, seed=seed)
        frame = pd.DataFrame({"x": points[:, 0], "y": points[:, 1]})
        return frame if labels is None else frame.assign(label=labels[rows])

    def cluster(self, data: Any = None, *, count: int | None = None, seed: int = 0) -> tuple[Array, float | None]:
        """Return the k-means cluster of each code, and the normalised mutual information with the labels, if known.

        Args:
            data: Rows; those of training by default.
            count: Of clusters; that of the labels by default.
            seed: Of k-means.
        """
        codes, labels = self._coded(data)
        if count is None and labels is None:
            raise DataError("cluster: expected the number of clusters, as the rows have no label. Received: none.")
        found = clusters(codes, count or len(np.unique(labels)), seed=seed)  # type: ignore[arg-type]
        return found, None if labels is None else nmi(labels, found)

    def evaluate(self, data: Any) -> dict[str, Any]:
        """Score new rows: ``reconstruction`` and, where they have a label, ``code`` and ``anomaly`` -> metrics."""
        blocks = list(self._blocks(data))
        inputs = np.concatenate([block.inputs for block in blocks])
        truth, made = values_of(inputs, self._input), self.rebuilt(inputs)
        scores = {"reconstruction": _plain("reconstruction", means(row_metrics(truth, made, self._input)), len(truth))}
        if any(block.labels is None for block in blocks):
            return scores
        labels = np.concatenate([block.labels for block in blocks if block.labels is not None])
        known = self.index.labels.astype(labels.dtype) if labels.dtype.kind == "f" else self.index.labels
        found = code_metrics(self.index.codes, known, self.codes(inputs), labels, k=self._section.neighbours)
        scores["code"] = _plain("code", found, len(truth))
        if self._section.normal:
            errors, truth = row_errors(truth, made, self._input), is_anomaly(list(labels), self._section.normal)
            scores["anomaly"] = _plain("anomaly", detection_metrics(errors, truth, self.threshold()), len(truth))
        return scores

    def export(self, to: str = "keras", out: str | Path | None = None) -> "Exported":
        """Write one file that takes raw rows and gives ``reconstruction`` and ``code``; as :meth:`Run.export`."""
        from nnrecipes.inference.export.autoencoder_subject import AutoencoderSubject
        from nnrecipes.inference.export.export import export

        return export(AutoencoderSubject(self), to, out)

    def plot_history(self) -> "Figure":
        """Loss curves, the best epoch marked."""
        return self._run.plot_history()

    def plot_model(self) -> "Figure":
        """The network's graph."""
        return self._run.plot_model()

    def plot_reconstructions(self, data: Any, *, count: int = 10) -> "Figure":
        """The first rows over what the network makes of them."""
        from nnrecipes.evaluation.plots.rebuilt import plot_rebuilt

        inputs = next(self._blocks(data)).inputs[:count]
        stages = {"original": values_of(inputs, self._input), "rebuilt": self.rebuilt(inputs)}
        return plot_rebuilt(stages, self._input, count=count)

    def plot_denoised(self, noisy: Any, clean: Any = None, *, count: int = 10) -> "Figure":
        """The first noisy rows over the same without noise, over the clean ones where they are known."""
        from nnrecipes.evaluation.plots.rebuilt import plot_rebuilt

        self._only_denoising()
        inputs = next(self._blocks(noisy)).inputs[:count]
        stages = {"noisy": values_of(inputs, self._input), "denoised": self.rebuilt(inputs)}
        if clean is not None:
            stages["clean"] = values_of(next(self._blocks(clean)).inputs[:count], self._input)
        return plot_rebuilt(stages, self._input, count=count)

    def plot_map(self, data: Any = None, *, method: str = "pca", seed: int = 0) -> "Figure":
        """Codes in the plane, coloured by label."""
        from nnrecipes.evaluation.plots.code_map import plot_code_map

        found = self.map(data, method=method, seed=seed)
        numbers = bool(self.config.targets) and next(iter(self.config.targets.values())).task == "regression"
        labels = found["label"].to_numpy(np.float64 if numbers else str) if "label" in found else None
        return plot_code_map(found[["x", "y"]].to_numpy(), labels, title=f"Codes ({method})")

    def plot_traversal(self, places: Sequence[int] | None = None, *, steps: int = 9, reach: float = 2.5) -> "Figure":
        """What is decoded where one number of the mean code changes by up to ``reach`` standard deviations.

        Args:
            places: Which numbers of the code; the eight that spread most by default.
            steps: Of each.
            reach: Standard deviations of the training codes.
        """
        from nnrecipes.evaluation.plots.code_map import plot_traversal

        if self._input.kind == "tabular":
            raise RunError(f"{self.path}: expected images or series to draw. Received: rows of a table.")
        grid, chosen, moves = traversal(self.index.codes, places, steps, reach)
        made = self.decode(grid.reshape(-1, grid.shape[2]))
        return plot_traversal(made.reshape(len(chosen), steps, *made.shape[1:]), chosen, moves)

    def plot_errors(self, data: Any, *, contamination: float | None = None) -> "Figure":
        """A histogram of the rows' errors with the threshold; anomalies in another colour where labels tell them."""
        from nnrecipes.evaluation.plots.error_histogram import plot_errors

        blocks = list(self._blocks(data))
        errors = np.concatenate([self._errors(block.inputs) for block in blocks])
        normal = self._section.normal
        known = normal and all(block.labels is not None for block in blocks)
        labels = [label for block in blocks for label in block.labels] if known else []  # type: ignore[union-attr]
        return plot_errors(errors, self.threshold(contamination), is_anomaly(labels, normal) if known else None)

    @property
    def _section(self) -> ReconstructionConfig:
        return self.config.reconstruction or ReconstructionConfig()

    @property
    def _input(self) -> InputSpec:
        return self.spec.inputs[0]

    def _blocks(self, data: Any, rows: int | None = None) -> Iterator[Block]:
        image = self._input.kind == "image" and isinstance(data, np.ndarray)
        if image and data.shape in {self._input.shape, self._input.shape[:2]}:
            data = data[None]
        return blocks_of(data, self.preprocessor, self.config, rows)

    def codes(self, inputs: Array) -> Array:
        """Return the codes of rows as the network takes them, float32 ``(rows, length)``."""
        encoder = self.encoder
        from nnrecipes.inference.encoder import codes_of

        return codes_of(encoder, inputs)

    def rebuilt(self, inputs: Array) -> Array:
        """Return what the network makes of rows as it takes them, ``(rows, ...)``."""
        model = self.model
        from nnrecipes.inference.encoder import rebuilt

        return rebuilt(model, inputs)

    def _errors(self, inputs: Array) -> Array:
        return row_errors(values_of(inputs, self._input), self.rebuilt(inputs), self._input)

    def _coded(self, data: Any) -> tuple[Array, Array | None]:
        if data is None:
            return self.index.codes, self.index.labels if len(self.index.labels) else None
        blocks = list(self._blocks(data))
        codes = np.concatenate([self.codes(block.inputs) for block in blocks])
        labels = [block.labels for block in blocks if block.labels is not None]
        return codes, np.concatenate(labels) if len(labels) == len(blocks) else None

    def _in_units(self, made: Array) -> Any:
        if self._input.kind == "tabular":
            return table_of(made, self.preprocessor)
        return unscaled(made, self.preprocessor)

    def _only_denoising(self) -> None:
        if not isinstance(self.config.model, DenoisingAutoencoderConfig):
            raise RunError(f"{self.path}: denoise: expected a run of denoising_autoencoder. "
                           f"Received: {self.config.model.kind}, whose verb is reconstruct.")  # fmt: skip


def _in_place(frame: pd.DataFrame, block: Block) -> pd.DataFrame:
    """Put answers at the places of their rows, behind the names of their files where they have some."""
    if not block.answered.all():
        frame = frame.set_index(np.flatnonzero(block.answered)).reindex(range(len(block.answered)))
    if block.files is not None:
        frame.insert(0, "file", block.files)
    return frame


def _plain(task: str, metrics: dict[str, Any], rows: int) -> dict[str, Any]:
    entries = {name: {"value": value, "low": None, "high": None} for name, value in metrics.items()}
    return {"task": task, "rows": rows, "metrics": entries}

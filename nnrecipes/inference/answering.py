"""A run -> what answers its rows without TensorFlow: its own ONNX file, which is made on first use; else TensorFlow."""

import contextlib
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from nnrecipes.config.backend import backend
from nnrecipes.data.spec import Array, TargetSpec
from nnrecipes.errors import RunError
from nnrecipes.inference.predictor import Predictor
from nnrecipes.inference.serving_file import can_make, make_predictor, obstacle, open_predictor, tensorflow_predictor
from nnrecipes.training.startup import start_tensorflow

if TYPE_CHECKING:
    from nnrecipes.inference.run import Run

Engine = Literal["tensorflow", "auto"]


def predictor_of(run: "Run") -> Predictor:
    """Return what answers single rows of a run: its own file, else TensorFlow."""
    found = file_of(run)
    if found is not None:
        return found
    from nnrecipes.inference.export.subject import TargetSubject

    return tensorflow_predictor(TargetSubject(run), run.folder)


def file_of(run: "Run") -> Predictor | None:
    """Return the predictor of a run's own file; one that is not there yet is made, and kept where that is possible.

    None where packages are absent, ONNX does not carry the network, or Keras runs on another library.
    """
    found = open_predictor(run.folder)
    if found is not None or not can_make() or obstacle(run.folder) is not None or backend() != "tensorflow":
        return found
    from nnrecipes.inference.export.subject import TargetSubject

    start_tensorflow()
    with contextlib.suppress(RunError):
        return make_predictor(TargetSubject(run), run.folder)
    return None


def decided_by(predictor: Predictor, run: "Run", frame: pd.DataFrame) -> dict[str, Array]:
    """Return target -> numbers or calibrated probabilities, by the run's own file.

    Args:
        predictor: Of the file.
        run: The run.
        frame: Features of rows that can be answered.

    Raises:
        DataError: Missing values that a column's policy refuses.
    """
    from nnrecipes.inference.export.packed import packed_arrays

    run.preprocessor.check_gaps(frame)
    found = predictor.predict_arrays(packed_arrays(frame, run.preprocessor, predictor.schema["packed"]))
    return {target.name: _column(found[target.name], target) for target in run.spec.targets}


def _column(values: Array, target: TargetSpec) -> Array:
    """A file's answer, as the preprocessor decodes it: numbers ``(rows,)``, all else ``(rows, width)``."""
    wide = values.astype(np.float64)
    return wide[:, 0] if target.task == "regression" and not target.quantiles else wide

"""An autoencoder's run as something to export: rows in, the rebuilt row and its code out."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from nnrecipes.data.spec import Array, InputSpec
from nnrecipes.inference.export.columns import columns_of
from nnrecipes.inference.export.expected import spread
from nnrecipes.inference.export.packed import packed_arrays
from nnrecipes.inference.export.parity import Expected
from nnrecipes.inference.export.probe import file_inputs, probe_frame
from nnrecipes.inference.export.schema import FORMAT, rows_schema
from nnrecipes.inference.rows import answerable
from nnrecipes.preprocessing.categorical import Levels
from nnrecipes.preprocessing.features import Feature
from nnrecipes.preprocessing.numeric import NumericColumn
from nnrecipes.preprocessing.preprocessor import Preprocessor
from nnrecipes.preprocessing.scaling import Scaler, unscale
from nnrecipes.preprocessing.series import SeriesState

if TYPE_CHECKING:
    from nnrecipes.inference.autoencoder import AutoencoderRun
    from nnrecipes.inference.export.core import Core

NO_INVERSE = {"quantile", "robust_clip", "log"}
"""Scalers whose columns come back scaled."""


class AutoencoderSubject:
    """A run of an autoencoder's recipe.

    Args:
        run: The run.
    """

    def __init__(self, run: "AutoencoderRun") -> None:
        self.run = run
        self.folder = run.path
        self.recipe = run.folder.recipe

    def obstacle(self, to: str) -> str | None:  # noqa: ARG002 - the protocol names it
        """Every format carries images, tables and series."""
        return None

    def core(self, *, packed: bool = False) -> "Core":
        """Return the core."""
        model = self.run.model
        from nnrecipes.inference.export.autoencoder_core import autoencoder_core

        return autoencoder_core(model, self.run.preprocessor, packed=packed)

    def schema(self) -> dict[str, Any]:
        """Return what rows and answers are."""
        model, spec = self.run.model, self.run.spec.inputs[0]
        shape = [int(size) for size in model.outputs[0].shape[1:]]
        code = int(np.prod([int(size) for size in model.get_layer("code").output.shape[1:]]))
        about = {"image": "the rebuilt image, 0 to 1", "series": "the rebuilt steps, in their own unit"}.get(
            spec.kind, "the rebuilt row: numbers in their own unit, probabilities of categories"
        )
        columns = list(spec.features) if spec.kind == "tabular" else None
        outputs = [_output("reconstruction", shape, about, columns), _output("code", [code], "the code", None)]
        return {"format": FORMAT, "recipe": self.recipe, "run": self.run.folder.id, "kind": "autoencoder",
                **rows_schema(self.run.preprocessor), "outputs": outputs}  # fmt: skip

    def probe(self) -> tuple[list[dict[str, Array]], Mapping[str, Expected]]:
        """Return rows as a file takes them, and what it has to answer."""
        preprocessor = self.run.preprocessor
        frame = probe_frame(preprocessor)
        return file_inputs(columns_of(preprocessor), frame), self._expected(frame)

    def packed_probe(self) -> tuple[dict[str, Array], Mapping[str, Expected]]:
        """Return rows as the run's own file takes them, and what it has to answer."""
        from nnrecipes.inference.export.leaves import packed_columns

        preprocessor = self.run.preprocessor
        frame = probe_frame(preprocessor)
        return packed_arrays(frame, preprocessor, packed_columns(preprocessor)), self._expected(frame)

    def story(self) -> dict[str, Any]:
        """Return what a model card tells."""
        return {"metrics": self.run.metrics, "provenance": self.run.provenance,
                "parameters": int(self.run.model.count_params())}  # fmt: skip

    def _expected(self, frame: Any) -> dict[str, Expected]:
        answered = answerable(frame, self.run.preprocessor.schema, self.run.config)
        spec = self.run.spec.inputs[0]
        inputs = self.run.preprocessor.transform(frame[answered])[spec.name]
        made, codes = self.run.rebuilt(inputs), self.run.codes(inputs)
        scalers = rebuilt_scalers(self.run.preprocessor, spec, made.shape[-1])
        values, unit = made.astype(np.float64), None
        if scalers is not None:
            values = np.stack([unscale(made[..., i], s) for i, s in enumerate(scalers)], axis=-1)
            unit = np.array([spread(scaler) for scaler in scalers])
        size = max(1.0, float(np.abs(codes).max(initial=0.0)))
        return {"reconstruction": Expected(_in_place(values, answered), unit),
                "code": Expected(_in_place(codes.astype(np.float64), answered), size)}  # fmt: skip


def rebuilt_scalers(preprocessor: Preprocessor, spec: InputSpec, width: int) -> list[Scaler] | None:
    """Return the scaler of each last axis of what is rebuilt; None of images, which have none."""
    state = preprocessor.media_.get(spec.name)
    if isinstance(state, SeriesState):
        return [_invertible(scaler) for scaler in state.scalers]
    if spec.kind == "image":
        return None
    scalers: list[Scaler] = []
    features: Mapping[str, Feature] = preprocessor.features_[spec.name]
    for name, feature in features.items():
        names = (name,) if isinstance(feature, Levels) else feature.names(name)
        own = [_invertible(feature.scaler)] if isinstance(feature, NumericColumn) else []
        scalers += [*own, *[Scaler()] * (len(names) - len(own))]
    return scalers[:width]


def _invertible(scaler: Scaler) -> Scaler:
    return Scaler() if scaler.kind in NO_INVERSE else scaler


def _in_place(values: Array, answered: Array) -> Array:
    whole = np.full((len(answered), *values.shape[1:]), np.nan)
    whole[answered] = values
    return whole


def _output(name: str, shape: list[int], about: str, columns: list[str] | None) -> dict[str, Any]:
    return {"name": name, "task": "reconstruction" if name != "code" else "code", "shape": shape, "about": about,
            "classes": [], "quantiles": [], "threshold": None, "calibration": "none", "label": None,
            "columns": columns}  # fmt: skip

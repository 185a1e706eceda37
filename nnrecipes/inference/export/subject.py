"""What can be exported: the kinds of run, each with its core, its schema, rows to try it on and the answers to them."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from nnrecipes.data.spec import Array
from nnrecipes.inference.export.parity import Expected

if TYPE_CHECKING:
    from nnrecipes.inference.export.core import Core
    from nnrecipes.inference.run import Run


class Subject(Protocol):
    """One run to export."""

    @property
    def folder(self) -> Path:
        """The run's folder."""

    @property
    def recipe(self) -> str:
        """The recipe's name."""

    def obstacle(self, to: str) -> str | None:
        """Say why a format cannot carry the run, and which can; None where it can."""

    def core(self, *, packed: bool = False) -> "Core":
        """Return the core."""

    def schema(self) -> dict[str, Any]:
        """Return what rows and answers are."""

    def probe(self) -> tuple[list[dict[str, Array]], Mapping[str, Expected]]:
        """Return batches of rows as a file takes them, and what it has to answer to all of them."""

    def packed_probe(self) -> tuple[dict[str, Array], Mapping[str, Expected]]:
        """Return the same rows as the run's own file takes them, and what it has to answer."""

    def story(self) -> dict[str, Any]:
        """Return what a model card tells: scores, provenance, the network's size."""


class TargetSubject:
    """A run of a recipe with targets.

    Args:
        run: The run.
    """

    def __init__(self, run: "Run") -> None:
        self.run = run
        self.folder = run.path
        self.recipe = run.folder.recipe

    def obstacle(self, to: str) -> str | None:
        """Texts are for the formats that have TensorFlow's string operations."""
        texts = [item.name for item in self.run.spec.inputs if item.kind == "text"]
        if texts and to in ("onnx", "litert"):
            return (f"expected keras or saved_model, which can take texts apart, for the text input {texts[0]!r}. "
                    f"Received: {to!r}.")  # fmt: skip
        return None

    def core(self, *, packed: bool = False) -> "Core":
        """Return the core."""
        model = self.run.model
        from nnrecipes.inference.export.core import target_core

        return target_core(model, self.run.preprocessor, self.run.decisions, packed=packed)

    def schema(self) -> dict[str, Any]:
        """Return what rows and answers are."""
        from nnrecipes.inference.export.schema import run_schema

        run = self.run
        widths = {target.name: int(run.model.outputs[0].shape[-1]) for target in run.spec.targets
                  if target.task == "identity"}  # fmt: skip
        return run_schema(run.preprocessor, run.decisions, recipe=self.recipe, run=run.folder.id, widths=widths)

    def probe(self) -> tuple[list[dict[str, Array]], Mapping[str, Expected]]:
        """Return batches of rows as a file takes them, and what it has to answer to all of them."""
        from nnrecipes.inference.export.columns import columns_of
        from nnrecipes.inference.export.expected import expected_answers
        from nnrecipes.inference.export.probe import file_inputs, probe_frame

        frame = probe_frame(self.run.preprocessor)
        return file_inputs(columns_of(self.run.preprocessor), frame), expected_answers(self.run, frame)

    def packed_probe(self) -> tuple[dict[str, Array], Mapping[str, Expected]]:
        """Return rows as the run's own file takes them, and what it has to answer."""
        from nnrecipes.inference.export.expected import expected_answers
        from nnrecipes.inference.export.leaves import packed_columns
        from nnrecipes.inference.export.packed import packed_arrays
        from nnrecipes.inference.export.probe import probe_frame

        preprocessor = self.run.preprocessor
        frame = probe_frame(preprocessor)
        arrays = packed_arrays(frame, preprocessor, packed_columns(preprocessor))
        return arrays, expected_answers(self.run, frame)

    def story(self) -> dict[str, Any]:
        """Return what a model card tells."""
        return {"metrics": self.run.metrics, "provenance": self.run.provenance,
                "parameters": int(self.run.model.count_params())}  # fmt: skip

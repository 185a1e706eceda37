"""A run -> the whole way from numbers and codes to answers as one ``keras.Model`` of Keras' own layers.

Everything but strings is in it. The formats put lookups of strings before and behind it, each in its own way.

    raw columns -> [strings to codes] -> core -> [places of classes to names] -> answers
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from keras import ops

from nnrecipes.evaluation.decision import Decision
from nnrecipes.inference.export.column import Column
from nnrecipes.inference.export.columns import columns_of
from nnrecipes.inference.export.decoding import decoded, has_classes
from nnrecipes.inference.export.features import network_inputs
from nnrecipes.inference.export.leaves import Form, Leaves, beside, packed_leaves, single_leaves
from nnrecipes.inference.export.names import LABEL
from nnrecipes.inference.export.plain import plain_outputs
from nnrecipes.preprocessing.preprocessor import Preprocessor
from nnrecipes.preprocessing.text import TextState
from nnrecipes.training.predict import named_outputs

Answers = Callable[[dict[str, Any]], dict[str, Any]]
"""The network's inputs as tensors -> answers."""


@dataclass(frozen=True)
class Core:
    """The part of an export that has no strings.

    Args:
        model: A dict of inputs by place (``in_0``, ...) -> a dict of outputs by place (``out_0``, ...).
        columns: The columns that a file takes.
        inputs: Input of the model -> its column, text input or matrix.
        outputs: Output of the model -> the answer's name.
        packed: Matrix -> its columns, where numbers and codes are packed.
        texts: Text input -> its columns.
        vocabularies: Text input -> what it learnt.
        classes: Answer that is a class -> the classes whose places (from 1) the model gives.
    """

    model: keras.Model
    columns: list[Column]
    inputs: dict[str, str]
    outputs: dict[str, str]
    packed: dict[str, tuple[str, ...]] | None = None
    texts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    vocabularies: dict[str, TextState] = field(default_factory=dict)
    classes: dict[str, tuple[str, ...]] = field(default_factory=dict)


def target_core(
    model: keras.Model, preprocessor: Preprocessor, decisions: Mapping[str, Decision], *, packed: bool = False
) -> Core:
    """Return the core of a run with targets.

    Args:
        model: The network.
        preprocessor: Of the run.
        decisions: Target -> calibration and threshold.
        packed: Whether numbers and codes come in a matrix each.

    Raises:
        RunError: A network that no file can carry without its code.
    """
    targets = preprocessor.targets_
    names = [target.spec.output for target in targets.values()]

    def answers(inputs: dict[str, Any]) -> dict[str, Any]:
        return decoded(named_outputs(model, plain_outputs(model, inputs), names), targets, decisions)

    classes = {name + LABEL: target.spec.classes for name, target in targets.items() if has_classes(target.spec)}
    return build_core(preprocessor, answers, classes, packed=packed)


def build_core(
    preprocessor: Preprocessor, answers: Answers, classes: dict[str, tuple[str, ...]], *, packed: bool = False
) -> Core:
    """Return a core that puts the preprocessor before ``answers``."""
    columns = columns_of(preprocessor)
    vocabularies = {name: state for name, state in preprocessor.media_.items() if isinstance(state, TextState)}
    texts = {plan.name: plan.features for plan in preprocessor.plan.inputs if plan.name in vocabularies}
    widths = {name: _width(state) for name, state in vocabularies.items()}
    leaves = packed_leaves(preprocessor) if packed else single_leaves(columns, widths)
    found = _or_nothing(answers(network_inputs(preprocessor, leaves)), columns, leaves)
    inputs = {f"in_{place}": name for place, name in enumerate(leaves.tensors)}
    outputs = {f"out_{place}": name for place, name in enumerate(found)}
    model = keras.Model({key: leaves.tensors[name] for key, name in inputs.items()},
                        {key: found[name] for key, name in outputs.items()}, name="core_of_answers")  # fmt: skip
    return Core(model, columns, inputs, outputs, leaves.packed, texts, vocabularies, classes)


def _width(state: TextState) -> Form:
    return ((len(state.vocabulary) + 1,), "float32") if state.form == "tfidf" else ((state.length,), "int32")


def _or_nothing(answers: dict[str, Any], columns: list[Column], leaves: Leaves) -> dict[str, Any]:
    """NaN, or place 0, in rows without a value that the run must have."""
    numbers = [column.name for column in columns if column.required and column.kind == "number"]
    coded = {column.name: len(column.levels) for column in columns if column.required and column.kind == "category"}
    marks = [ops.isnan(leaves.numbers(numbers))] if numbers else []
    marks += [leaves.codes(list(coded)) > np.array(list(coded.values()), np.int32)] if coded else []
    if not marks:
        return answers
    absent = ops.max(ops.cast(beside(marks), "float32"), axis=1, keepdims=True) > 0.5
    return {name: ops.where(_as(absent, values), 0 if "int" in values.dtype else float("nan"), values)
            for name, values in answers.items()}  # fmt: skip


def _as(marks: Any, values: Any) -> Any:
    """``(batch, 1)`` with as many axes as ``values``."""
    return ops.reshape(marks, (-1, *[1] * (len(values.shape) - 1))) if len(values.shape) != 2 else marks

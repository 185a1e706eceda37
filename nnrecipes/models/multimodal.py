"""Named inputs of any kind -> a branch each -> join -> trunk -> named heads: a Functional ``keras.Model``."""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

import keras

from nnrecipes.data.spec import InputSpec
from nnrecipes.models.blocks import apply, dense_stack
from nnrecipes.models.branches import Branches, input_layers, join_inputs
from nnrecipes.models.construct import Named
from nnrecipes.models.heads import Head, output_layer
from nnrecipes.models.unwrap import unwrap


def build_multimodal(
    *,
    inputs: Sequence[InputSpec],
    outputs: Sequence[Head],
    branches: Branches = MappingProxyType({}),
    join: str = "concatenate",
    join_units: int | None = None,
    modality_dropout: float = 0.0,
    trunk_units: Sequence[int] = (64,),
    head_units: Sequence[int] = (),
    activation: str = "relu",
    batch_norm: bool = False,
    dropout: float = 0.0,
    l1: float = 0.0,
    l2: float = 0.0,
    kernel_initializer: Named = "glorot_uniform",
) -> keras.Model:
    """Return an uncompiled Functional model.

    Args:
        inputs: The named inputs: numbers, category codes, images, texts, series.
        outputs: The heads; several give a dict of outputs by name, one gives a plain tensor.
        branches: Input name -> ``{"kind": ..., argument: value, ...}``. For numbers and codes ``dense``; for images
            ``conv``, ``residual``, ``inception`` or ``application`` (:mod:`nnrecipes.models.image_branches`); for texts
            and series ``mean``, ``conv1d``, ``recurrent`` or ``transformer``, for texts with TF-IDF weights
            ``weighted`` (:mod:`nnrecipes.models.sequence_branches`).
        join: ``concatenate``, ``sum`` or ``gated``.
        join_units: Width of the branches in a sum or under gates.
        modality_dropout: Share of the rows that lose an input in a training step, drawn for each input.
        trunk_units: Units of the Dense blocks after the join.
        head_units: Units of the Dense blocks that each head has for itself.
        activation: Of all Dense blocks.
        batch_norm: Whether BatchNormalization stands between each of their Dense layers and its activation.
        dropout: Rate after each of these blocks.
        l1: Factor of the kernels' sum of absolute values in the loss.
        l2: Factor of the kernels' sum of squares in the loss.
        kernel_initializer: Name, or mapping with ``kind``.

    Raises:
        ConfigError: A branch of no input, one that does not fit it, or a ``sum`` of different widths.

    Example:
        >>> numbers = InputSpec("numbers", "tabular", ("age", "income"))
        >>> codes = InputSpec("codes", "categorical", ("city",), (10,))
        >>> model = build_multimodal(inputs=[numbers, codes], outputs=[Head("price")], trunk_units=(8,))
        >>> model.count_params()  # 10 * 6 of the embedding, (2 + 6) * 8 + 8, 8 + 1
        141
    """
    block: dict[str, Any] = {"activation": activation, "batch_norm": batch_norm, "dropout": dropout, "l1": l1,
                             "l2": l2, "kernel_initializer": kernel_initializer}  # fmt: skip
    tensors = input_layers(inputs)
    joined = join_inputs(inputs, tensors, branches=branches, join=join, join_units=join_units,
                         modality_dropout=modality_dropout, **block)  # fmt: skip
    trunk = apply(dense_stack(trunk_units, prefix="trunk", **block), joined)
    heads = {}
    for head in outputs:
        own = dense_stack(head_units, prefix=f"{head.name}_hidden", **block)
        heads[head.name] = output_layer(head)(apply(own, trunk))
    return keras.Model(unwrap(tensors), unwrap(heads), name="multimodal")

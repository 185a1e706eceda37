"""Named inputs -> a branch each -> join -> trunk -> named heads: a Functional ``keras.Model``."""

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


def build_functional(
    *,
    inputs: Sequence[InputSpec],
    outputs: Sequence[Head],
    branches: Branches = MappingProxyType({}),
    join: str = "concatenate",
    trunk_units: Sequence[int] = (64,),
    activation: str = "relu",
    batch_norm: bool = False,
    dropout: float = 0.0,
    l1: float = 0.0,
    l2: float = 0.0,
    kernel_initializer: Named = "glorot_uniform",
) -> keras.Model:
    """Return an uncompiled Functional model.

    Args:
        inputs: The named inputs; category codes go through an embedding a column.
        outputs: The heads; several give a dict of outputs by name, one gives a plain tensor.
        branches: Input name -> ``{"hidden_units": (...), "embedding_dim": int | None}``.
        join: ``concatenate``, or ``add`` for branches of one width.
        trunk_units: Units of the Dense blocks after the join.
        activation: Of all blocks.
        batch_norm: Whether BatchNormalization stands between each Dense layer and its activation.
        dropout: Rate after each block.
        l1: Factor of the kernels' sum of absolute values in the loss.
        l2: Factor of the kernels' sum of squares in the loss.
        kernel_initializer: Name, or mapping with ``kind``.

    Raises:
        ConfigError: A branch of no input, or an ``add`` of different widths.

    Example:
        >>> numbers = InputSpec("numbers", "tabular", ("age", "income"))
        >>> codes = InputSpec("codes", "categorical", ("city",), (10,))
        >>> model = build_functional(inputs=[numbers, codes], outputs=[Head("price")], trunk_units=(8,))
        >>> model.count_params()  # 10 * 6 of the embedding, (2 + 6) * 8 + 8, 8 + 1
        141
    """
    block: dict[str, Any] = {"activation": activation, "batch_norm": batch_norm, "dropout": dropout, "l1": l1,
                             "l2": l2, "kernel_initializer": kernel_initializer}  # fmt: skip
    tensors = input_layers(inputs)
    joined = join_inputs(inputs, tensors, branches=branches, join=join, **block)
    trunk = apply(dense_stack(trunk_units, prefix="trunk", **block), joined)
    heads = {head.name: output_layer(head)(trunk) for head in outputs}
    return keras.Model(unwrap(tensors), unwrap(heads), name="functional")

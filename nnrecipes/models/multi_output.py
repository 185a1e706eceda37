"""A shared trunk and a head a target -> a Functional ``keras.Model`` (hard parameter sharing, Caruana, 1997).

The iris model of the field: 3 features -> 16 -> 32 -> ``cont_out`` linear and ``cat_out`` softmax.
"""

from collections.abc import Sequence
from typing import Any

import keras

from nnrecipes.data.spec import InputSpec
from nnrecipes.models.blocks import apply, dense_stack
from nnrecipes.models.branches import input_layers, join_inputs
from nnrecipes.models.construct import Named
from nnrecipes.models.heads import Head, output_layer
from nnrecipes.models.unwrap import unwrap


def build_multi_output(
    *,
    inputs: Sequence[InputSpec],
    outputs: Sequence[Head],
    hidden_units: Sequence[int] = (16, 32),
    head_units: Sequence[int] = (),
    wide: bool = False,
    activation: str = "relu",
    batch_norm: bool = False,
    dropout: float = 0.0,
    l1: float = 0.0,
    l2: float = 0.0,
    kernel_initializer: Named = "glorot_uniform",
) -> keras.Model:
    """Return an uncompiled Functional model with a dict of named outputs.

    Args:
        inputs: The named inputs, concatenated; category codes go through an embedding a column.
        outputs: The heads; several give a dict of outputs by name, one gives a plain tensor.
        hidden_units: Units of the Dense blocks that all heads share.
        head_units: Units of the Dense blocks that each head has for itself.
        wide: Whether each head sees the inputs themselves as well, so that the blocks only learn what a straight line
            leaves over (Cheng et al., 2016, arXiv:1606.07792).
        activation: Of all blocks.
        batch_norm: Whether BatchNormalization stands between each Dense layer and its activation.
        dropout: Rate after each block.
        l1: Factor of the kernels' sum of absolute values in the loss.
        l2: Factor of the kernels' sum of squares in the loss.
        kernel_initializer: Name, or mapping with ``kind``.

    Example:
        >>> lengths = InputSpec("features", "tabular", ("sepal_length", "sepal_width", "petal_length"))
        >>> heads = [Head("cont_out"), Head("cat_out", 3, "softmax")]
        >>> build_multi_output(inputs=[lengths], outputs=heads).count_params()  # 64 + 544 + 33 + 99
        740
    """
    block: dict[str, Any] = {"activation": activation, "batch_norm": batch_norm, "dropout": dropout, "l1": l1,
                             "l2": l2, "kernel_initializer": kernel_initializer}  # fmt: skip
    tensors = input_layers(inputs)
    joined = join_inputs(inputs, tensors, branches={}, **block)
    trunk = apply(dense_stack(hidden_units, **block), joined)
    heads = {}
    for head in outputs:
        own = dense_stack(head_units, prefix=f"{head.name}_hidden", **block)
        end = apply(own, trunk)
        end = keras.layers.Concatenate(name=f"{head.name}_wide")([end, joined]) if wide else end
        heads[head.name] = output_layer(head)(end)
    return keras.Model(unwrap(tensors), unwrap(heads), name="multi_output")

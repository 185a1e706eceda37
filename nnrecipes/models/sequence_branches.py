"""Steps with a mask, of a text or of a series -> one vector a row; steps behind the end change nothing.

| branch | paper |
|---|---|
| mean | Iyyer et al., 2015, doi:10.3115/v1/P15-1162 |
| conv1d | Kim, 2014, arXiv:1408.5882 (texts); Ismail Fawaz et al., 2020, arXiv:1909.04939 (series) |
| recurrent | Hochreiter and Schmidhuber, 1997 (LSTM); Cho et al., 2014, arXiv:1406.1078 (GRU) |
| transformer | Vaswani et al., 2017, arXiv:1706.03762; normalised first: Xiong et al., 2020, arXiv:2002.04745 |
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from nnrecipes.data.spec import InputSpec
from nnrecipes.layers.dropout import Dropout
from nnrecipes.layers.gru import GRU
from nnrecipes.layers.lstm import LSTM
from nnrecipes.layers.position_embedding import PositionEmbedding
from nnrecipes.models.image_branches import MOMENTUM

FAR_BELOW = -1e4


def steps_of(item: InputSpec, tensor: Any, *, embedding_dim: int, embedding_dropout: float) -> tuple[Any, Any]:
    """Return the steps ``(batch, length, width)`` of an input and which of them there are, ``(batch, length)``.

    Args:
        item: A text of ids, or a series.
        tensor: Its input.
        embedding_dim: Width of the vector of a token.
        embedding_dropout: Share of the numbers of these vectors that a training step drops.
    """
    if item.kind == "series":
        return tensor[..., :-1], tensor[..., -1] > 0.5
    table = keras.layers.Embedding(item.cardinalities[0], embedding_dim, name=f"{item.name}_embedding")
    steps = table(tensor)
    if embedding_dropout:
        steps = Dropout(embedding_dropout, name=f"{item.name}_embedding_dropout")(steps)
    return steps, ops.not_equal(tensor, 0)


def mean_branch(steps: Any, mask: Any, *, name: str, pooling: str = "average") -> Any:
    """The mean of the steps, or the largest of each number.

    Args:
        steps: ``(batch, length, width)``.
        mask: ``(batch, length)``.
        name: What the layers' names begin with.
        pooling: ``average``, ``max``, ``both`` or ``flatten``.
    """
    return pooled_steps(steps, mask, pooling, name)


def conv1d_branch(
    steps: Any,
    mask: Any,
    *,
    name: str,
    filters: Sequence[int] = (64,),
    kernel_sizes: Sequence[int] = (3,),
    pool: int = 1,
    pooling: str = "max",
    batch_norm: bool = False,
    activation: str = "relu",
    dropout: float = 0.0,
) -> Any:
    """Convolutions over the steps, of several widths side by side in each block.

    Args:
        steps: ``(batch, length, width)``.
        mask: ``(batch, length)``.
        name: What the layers' names begin with.
        filters: Of the blocks, a width each.
        kernel_sizes: Widths, in steps.
        pool: Steps that are pooled into one after each block.
        pooling: Over the steps in the end: ``average``, ``max``, ``both`` or ``flatten``.
        batch_norm: Whether BatchNormalization follows each convolution.
        activation: Of all convolutions.
        dropout: Rate after each block.
    """
    for block, count in enumerate(filters, start=1):
        steps = steps * ops.cast(mask, "float32")[..., None]
        ways = [_conv1d(steps, count, size, f"{name}_conv_{block}_{size}", batch_norm, activation)
                for size in kernel_sizes]  # fmt: skip
        steps = ways[0] if len(ways) == 1 else keras.layers.Concatenate(name=f"{name}_conv_{block}")(ways)
        if pool > 1 and steps.shape[1] >= pool:
            steps = keras.layers.MaxPooling1D(pool, padding="same", name=f"{name}_pool_{block}")(steps)
            some = keras.layers.MaxPooling1D(pool, padding="same", name=f"{name}_pool_mask_{block}")
            mask = some(ops.cast(mask, "float32")[..., None])[..., 0] > 0.5
        steps = Dropout(dropout, name=f"{name}_dropout_{block}")(steps) if dropout else steps
    return pooled_steps(steps, mask, pooling, name)


def recurrent_branch(
    steps: Any,
    mask: Any,
    *,
    name: str,
    cell: str = "gru",
    units: Sequence[int] = (32,),
    bidirectional: bool = False,
    pooling: str = "last",
    dropout: float = 0.0,
) -> Any:
    """LSTM or GRU layers, which stop at a row's last step.

    Args:
        steps: ``(batch, length, width)``.
        mask: ``(batch, length)``.
        name: What the layers' names begin with.
        cell: ``gru`` or ``lstm``.
        units: Of the layers.
        bidirectional: Whether each layer reads the steps in both directions.
        pooling: ``last`` state, or ``average``, ``max``, ``both`` or ``flatten`` over them.
        dropout: Rate after each layer.
    """
    kind: Any = {"gru": GRU, "lstm": LSTM}[cell]
    for number, count in enumerate(units, start=1):
        several = number < len(units) or pooling != "last"
        layer = kind(count, return_sequences=several, name=f"{name}_{cell}_{number}")
        if bidirectional:
            layer = keras.layers.Bidirectional(layer, name=f"{name}_{cell}_{number}_both")
        steps = layer(steps, mask=mask)
        steps = Dropout(dropout, name=f"{name}_dropout_{number}")(steps) if dropout else steps
    return steps if pooling == "last" else pooled_steps(steps, mask, pooling, name)


def transformer_branch(
    steps: Any,
    mask: Any,
    *,
    name: str,
    width: int = 64,
    heads: int = 4,
    blocks: int = 1,
    feed_forward_units: int = 128,
    pooling: str = "average",
    dropout: float = 0.1,
) -> Any:
    """A small transformer encoder with learnt positions.

    Args:
        steps: ``(batch, length, width)``.
        mask: ``(batch, length)``.
        name: What the layers' names begin with.
        width: Of the encoder, a multiple of ``heads``; steps of another width are projected to it.
        heads: Of the attention.
        blocks: Attention and feed-forward net, so many times.
        feed_forward_units: Of the feed-forward net's hidden layer.
        pooling: Over the steps in the end: ``average``, ``max``, ``both`` or ``flatten``.
        dropout: Rate of attention and of what each part adds.
    """
    if steps.shape[-1] != width:
        steps = keras.layers.Dense(width, name=f"{name}_projection")(steps)
    x = PositionEmbedding(name=f"{name}_positions")(steps)
    seen = ops.expand_dims(mask, 1)
    for block in range(1, blocks + 1):
        label = f"{name}_block_{block}"
        inside = keras.layers.LayerNormalization(name=f"{label}_norm_1")(x)
        attention = keras.layers.MultiHeadAttention(heads, max(width // heads, 1), name=f"{label}_attention")
        inside = attention(inside, inside, attention_mask=seen)
        x = x + (Dropout(dropout, name=f"{label}_dropout_1")(inside) if dropout else inside)
        inside = keras.layers.LayerNormalization(name=f"{label}_norm_2")(x)
        inside = keras.layers.Dense(feed_forward_units, activation="gelu", name=f"{label}_hidden")(inside)
        inside = keras.layers.Dense(width, name=f"{label}_out")(inside)
        x = x + (Dropout(dropout, name=f"{label}_dropout_2")(inside) if dropout else inside)
    return pooled_steps(keras.layers.LayerNormalization(name=f"{name}_norm")(x), mask, pooling, name)


def weighted_branch(item: InputSpec, tensor: Any, *, units: int = 64, l2: float = 0.0) -> Any:
    """The TF-IDF vector of a text times a matrix: each distinct token's row by its weight, summed.

    Args:
        item: A text of ids and weights.
        tensor: Its input, ``(batch, length, 2)``.
        units: Columns of the matrix.
        l2: Factor of the matrix's sum of squares in the loss.
    """
    ids, weights = ops.cast(tensor[..., 0], "int32"), tensor[..., 1:]
    regularizer = keras.regularizers.L2(l2) if l2 else None
    table = keras.layers.Embedding(item.cardinalities[0], units, embeddings_regularizer=regularizer,
                                   name=f"{item.name}_embedding")  # fmt: skip
    return ops.sum(table(ids) * weights, axis=1)


def pooled_steps(steps: Any, mask: Any, pooling: str, name: str) -> Any:
    """``(batch, length, width)`` -> ``(batch, width)``, of ``both`` twice the width; 0 in a row without a step.

    ``flatten`` keeps every step in its place, ``(batch, length * width)``: for series that begin at one moment.
    """
    there = ops.cast(mask, "float32")[..., None]
    if pooling == "flatten":
        return keras.layers.Flatten(name=f"{name}_flatten")(steps * there)
    average = ops.sum(steps * there, axis=1) / ops.maximum(ops.sum(there, axis=1), 1.0)
    if pooling == "average":
        return average
    some = ops.max(there, axis=1)
    largest = ops.max(steps * there + FAR_BELOW * (1.0 - there), axis=1) * some
    return largest if pooling == "max" else keras.layers.Concatenate(name=f"{name}_both")([average, largest])


def _conv1d(x: Any, filters: int, size: int, name: str, batch_norm: bool, activation: str) -> Any:
    own = "linear" if batch_norm else activation
    x = keras.layers.Conv1D(filters, size, padding="same", activation=own, use_bias=not batch_norm, name=name)(x)
    if batch_norm:
        x = keras.layers.BatchNormalization(momentum=MOMENTUM, name=f"{name}_batch_norm")(x)
        x = keras.layers.Activation(activation, name=f"{name}_activation")(x)
    return x

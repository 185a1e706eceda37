"""Two rows -> one encoder, twice -> their cosine: a siamese network (Bromley et al., 1993).

    similarity(a, b) = f(a) . f(b),   |f(a)| = |f(b)| = 1

Both rows go through the same weights. What is trained is the encoder ``f``, by a loss over all pairs of a batch
(:mod:`nnrecipes.layers.identity_losses`), which uses each row in many pairs for the price of one pass.

References:
    Bromley et al. (1993), Signature verification using a siamese time delay neural network. NeurIPS 6
"""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

import keras

from nnrecipes.data.spec import InputSpec
from nnrecipes.errors import ConfigError
from nnrecipes.layers.mirrored_views import MirroredViews
from nnrecipes.layers.within_class_whitening import WithinClassWhitening
from nnrecipes.models.blocks import apply, dense_stack
from nnrecipes.models.branches import Branches, input_layers, join_inputs
from nnrecipes.models.construct import Named
from nnrecipes.models.unwrap import unwrap


def build_siamese(
    *,
    inputs: Sequence[InputSpec],
    output_name: str = "embedding",
    branches: Branches = MappingProxyType({}),
    join: str = "concatenate",
    join_units: int | None = None,
    hidden_units: Sequence[int] = (),
    embedding_dim: int = 64,
    activation: str = "relu",
    batch_norm: bool = False,
    dropout: float = 0.0,
    l1: float = 0.0,
    l2: float = 0.0,
    kernel_initializer: Named = "glorot_uniform",
    mirror: bool = False,
    whitening: float | None = None,
) -> keras.Model:
    """Return an uncompiled model of two rows: inputs ``<name>_a`` and ``<name>_b``, output ``cosine`` ``(batch, 1)``.

    Args:
        inputs: The named inputs of one row: numbers, category codes, images, texts, series.
        output_name: Name of the encoder's output.
        branches: Input name -> ``{"kind": ..., argument: value, ...}``, as
            :func:`~nnrecipes.models.multimodal.build_multimodal` takes them.
        join: ``concatenate``, ``sum`` or ``gated``.
        join_units: Width of the branches in a sum or under gates.
        hidden_units: Units of the Dense blocks after the join.
        embedding_dim: Numbers of a vector.
        activation: Of all Dense blocks.
        batch_norm: Whether BatchNormalization stands between each of their Dense layers and its activation.
        dropout: Rate after each of these blocks.
        l1: Factor of the kernels' sum of absolute values in the loss.
        l2: Factor of the kernels' sum of squares in the loss.
        kernel_initializer: Name, or mapping with ``kind``.
        mirror: Whether a vector is the mean of those of the images and of the images mirrored, outside of training.
        whitening: Shrinkage of a :class:`~nnrecipes.layers.within_class_whitening.WithinClassWhitening` of the vectors,
            which changes nothing until it is fitted; None for none.

    Raises:
        ConfigError: A branch of no input, one that does not fit it, a ``sum`` of different widths, or ``mirror``
            without an image.

    Example:
        >>> face = InputSpec("face", "image", ("face",), row_shape=(28, 23, 1))
        >>> model = build_siamese(inputs=[face], branches={"face": {"kind": "conv", "filters": (8,)}})
        >>> sorted(tensor.name for tensor in model.inputs), model.get_layer("encoder").output.shape
        (['face_a', 'face_b'], (None, 64))
    """
    block: dict[str, Any] = {"activation": activation, "batch_norm": batch_norm, "dropout": dropout, "l1": l1,
                             "l2": l2, "kernel_initializer": kernel_initializer}  # fmt: skip
    return siamese_of(build_encoder(inputs=inputs, output_name=output_name, branches=branches, join=join,
                                    join_units=join_units, hidden_units=hidden_units, embedding_dim=embedding_dim,
                                    mirror=mirror, whitening=whitening, **block))  # fmt: skip


def build_encoder(
    *,
    inputs: Sequence[InputSpec],
    output_name: str = "embedding",
    branches: Branches = MappingProxyType({}),
    join: str = "concatenate",
    join_units: int | None = None,
    hidden_units: Sequence[int] = (),
    embedding_dim: int = 64,
    mirror: bool = False,
    whitening: float | None = None,
    **block: Any,
) -> keras.Model:
    """Return the encoder alone: a row -> a vector of length 1, ``(batch, embedding_dim)``.

    The arguments are those of :func:`build_siamese`; ``block`` has those of its Dense blocks.

    Example:
        >>> numbers = InputSpec("numbers", "tabular", ("a", "b"))
        >>> encoder = build_encoder(inputs=[numbers], embedding_dim=3, activation="relu")
        >>> keras.ops.norm(encoder(keras.random.normal((5, 2))), axis=1).numpy().round(5).tolist()
        [1.0, 1.0, 1.0, 1.0, 1.0]
    """
    tensors = input_layers(inputs)
    joined = join_inputs(inputs, tensors, branches=branches, join=join, join_units=join_units, **block)
    hidden = apply(dense_stack(hidden_units, **block), joined)
    names = _names(output_name, mirror, whitening)
    vector = keras.layers.Dense(embedding_dim, name=f"{output_name}_linear")(hidden)
    vector = keras.layers.UnitNormalization(name=names.pop(0))(vector)
    if mirror:
        view = keras.Model(unwrap(tensors), vector, name="view")
        tensors = input_layers(inputs)
        vector = MirroredViews(view, _images(inputs), name=names.pop(0))(unwrap(tensors))
    if whitening is not None:
        vector = WithinClassWhitening(whitening, name=f"{output_name}_whitening")(vector)
        vector = keras.layers.UnitNormalization(name=names.pop(0))(vector)
    return keras.Model(unwrap(tensors), vector, name="encoder")


def _names(output_name: str, mirror: bool, whitening: float | None) -> list[str]:
    """Names of the layers that end in vectors of length 1; the last one is the output."""
    names = ["one_view"] + ["both_views"] * mirror + ["white"] * (whitening is not None)
    return [*(f"{output_name}_{name}" for name in names[:-1]), output_name]


def _images(inputs: Sequence[InputSpec]) -> list[str]:
    found = [item.name for item in inputs if item.kind == "image"]
    if not found:
        kinds = ", ".join(f"{item.name} ({item.kind})" for item in inputs)
        raise ConfigError(f"model.mirror: expected an image among the inputs, to be mirrored. Received: {kinds}.")
    return found


def siamese_of(encoder: keras.Model) -> keras.Model:
    """Return the model of two rows around an encoder, whose weights it shares.

    Args:
        encoder: Any model with one output ``(batch, width)``.
    """
    sides: list[Any] = []
    named: dict[str, Any] = {}
    for side in ("a", "b"):
        own = {x.name: keras.Input(x.shape[1:], dtype=x.dtype, name=f"{x.name}_{side}") for x in encoder.inputs}
        named |= {tensor.name: tensor for tensor in own.values()}
        sides.append(encoder(unwrap(own)))
    return keras.Model(named, keras.layers.Dot(axes=1, normalize=True, name="cosine")(sides), name="siamese")

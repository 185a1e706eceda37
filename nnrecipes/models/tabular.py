"""Numbers and categories -> a modern tabular network: embeddings, scaling, a body in the NTP, members in one network.

Each number gets a piecewise-linear and a periodic vector beside itself, each category of many a vector; all features
are scaled by learnt factors, once for every member; the members share the body and have heads of their own; the
prediction is the activation of their mean. What it took from where is in :mod:`nnrecipes.layers`.

References:
    Holzmüller, Grinsztajn and Steinwart (2024), Better by default: strong pre-tuned MLPs. arXiv:2407.04491 (RealMLP)
    Gorishniy, Kotelnikov and Babenko (2024), TabM. arXiv:2410.24210
    Gorishniy, Rubachev and Babenko (2022), On embeddings for numerical features. arXiv:2203.05556
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from nnrecipes.data.spec import InputSpec
from nnrecipes.errors import ConfigError
from nnrecipes.layers.category_embedding import CategoryEmbedding
from nnrecipes.layers.fading_dropout import FadingDropout
from nnrecipes.layers.member_head import MemberHead
from nnrecipes.layers.member_scale import MemberScale
from nnrecipes.layers.ntp_dense import NTPDense
from nnrecipes.layers.parametric_activation import ParametricActivation
from nnrecipes.layers.periodic_embedding import PeriodicEmbedding
from nnrecipes.layers.piecewise_linear import PiecewiseLinear
from nnrecipes.models.branches import input_layers
from nnrecipes.models.heads import Head
from nnrecipes.models.unwrap import unwrap

Part = tuple[Any, list[int]]
"""A tensor ``(batch, width)`` and the widths of the vectors in it."""


def build_tabular(
    *,
    inputs: Sequence[InputSpec],
    outputs: Sequence[Head],
    hidden_units: Sequence[int] = (256, 256, 256),
    members: int = 1,
    member_spread: float = 0.5,
    numeric_embedding: str = "both",
    piecewise_dim: int = 8,
    periodic_dim: int = 4,
    frequencies: int = 16,
    frequency_scale: float = 0.1,
    category_dim: int = 8,
    scaling: bool = True,
    activation: str = "mish",
    parametric: bool = True,
    dropout: float = 0.15,
    clip_predictions: bool = True,
) -> keras.Model:
    """Return an uncompiled Functional model.

    Args:
        inputs: Tabular and categorical inputs; numbers with bins get piecewise-linear vectors.
        outputs: The heads; several give a dict of outputs by name, one gives a plain tensor.
        hidden_units: Units of the body's layers, which the members share.
        members: Networks in one, which differ by their scaling factors and heads.
        member_spread: Standard deviation of these factors around 1 before training.
        numeric_embedding: ``none``, ``piecewise_linear``, ``periodic`` or ``both``.
        piecewise_dim: Length of a number's piecewise-linear vector.
        periodic_dim: Length of a number's periodic vector, itself included.
        frequencies: Waves of a number.
        frequency_scale: Their standard deviation before training, cycles a unit.
        category_dim: Length of a category's vector.
        scaling: Whether the factors of features are learnt.
        activation: Of the body.
        parametric: Whether each unit learns how much of the activation it takes.
        dropout: Rate after each layer of the body.
        clip_predictions: Whether predictions of a regression stay within what the training rows had.

    Raises:
        ConfigError: An input that is neither tabular nor categorical.

    Example:
        >>> numbers = InputSpec("numbers", "tabular", ("age",), bins=((0.0, 0.5, 1.0),))
        >>> model = build_tabular(inputs=[numbers], outputs=[Head("price")], hidden_units=(8,), members=3)
        >>> model.output_shape, model.get_layer("hidden_1").output.shape  # 8 + 4 of the number, for each member
        ((None, 1), (None, 3, 8))
    """
    tensors = input_layers(inputs)
    parts: list[Part] = []
    for item in inputs:
        if item.kind not in ("tabular", "categorical"):
            expected = "tabular and categorical inputs of a tabular model; multimodal has branches for others"
            raise ConfigError(f"inputs.{item.name}.kind: expected {expected}. Received: {item.kind!r}.")
        waves = {"frequencies": frequencies, "scale": frequency_scale, "dim": periodic_dim}
        parts += _numbers(item, tensors[item.name], numeric_embedding, piecewise_dim, waves)
        parts += _codes(item, tensors[item.name], category_dim)
    wide = parts[0][0] if len(parts) == 1 else keras.layers.Concatenate(name="features_embedded")(
        [tensor for tensor, _ in parts])  # fmt: skip
    groups = [width for _, widths in parts for width in widths]
    spread = member_spread if members > 1 else 0.0
    body = MemberScale(members, groups, spread, learn=scaling, name="scale")(wide)
    for place, units in enumerate(hidden_units, start=1):
        body = NTPDense(units, name=f"hidden_{place}")(body)
        body = ParametricActivation(activation, parametric, name=f"hidden_{place}_activation")(body)
        if dropout:
            body = FadingDropout(dropout, name=f"hidden_{place}_dropout")(body)
    heads = {head.name: _head(head, clip_predictions)(body) for head in outputs}
    return keras.Model(unwrap(tensors), unwrap(heads), name="tabular")


def _numbers(item: InputSpec, tensor: Any, embedding: str, dim: int, waves: dict[str, Any]) -> list[Part]:
    """The columns of numbers as they are, and their vectors."""
    if item.kind == "categorical":
        return []
    sizes = item.cardinalities or (0,) * len(item.features)
    plain = [place for place, size in enumerate(sizes) if size == 0]
    edges = item.bins or ((),) * len(item.features)
    binned = [place for place in plain if len(edges[place]) > 1]
    waved = binned if item.bins else plain
    waved = waved if embedding in ("periodic", "both") else []
    rest = [place for place in plain if place not in waved]
    parts = [(_columns(tensor, rest, len(sizes)), [1] * len(rest))] if rest else []
    if waved:
        layer = PeriodicEmbedding(**waves, name=f"{item.name}_periodic")
        parts.append((layer(_columns(tensor, waved, len(sizes))), [layer.dim] * len(waved)))
    if binned and embedding in ("piecewise_linear", "both"):
        vectors = PiecewiseLinear([edges[place] for place in binned], dim, name=f"{item.name}_piecewise")
        parts.append((vectors(_columns(tensor, binned, len(sizes))), [dim] * len(binned)))
    return parts


def _codes(item: InputSpec, tensor: Any, dim: int) -> list[Part]:
    coded = [place for place, size in enumerate(item.cardinalities) if size > 0]
    if not coded:
        return []
    sizes = [item.cardinalities[place] for place in coded]
    layer = CategoryEmbedding(sizes, dim, name=f"{item.name}_categories")
    return [(layer(_columns(tensor, coded, len(item.features))), [dim] * len(coded))]


def _columns(tensor: Any, places: Sequence[int], width: int) -> Any:
    return tensor if len(places) == width else ops.take(tensor, list(places), axis=1)


def _head(head: Head, clip: bool) -> MemberHead:
    limits = head.limits if clip and not head.quantiles else ()
    return MemberHead(head.units, head.activation, bool(head.quantiles), limits, name=head.name)

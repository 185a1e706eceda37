"""A layer of the package -> the same in operations and layers of Keras' own, as it works outside of training.

Matrices become layers, so that a file keeps them as weights; factors of a few numbers are constants of an operation.
"""

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from nnrecipes.data.spec import Array
from nnrecipes.inference.export.features import frozen_table
from nnrecipes.layers.category_embedding import CategoryEmbedding
from nnrecipes.layers.gaussian_code import GaussianCode
from nnrecipes.layers.history_bag import HistoryBag
from nnrecipes.layers.item_scores import ItemScores
from nnrecipes.layers.member_head import MemberHead
from nnrecipes.layers.member_scale import FASTER, MemberScale
from nnrecipes.layers.mixed_columns import MixedColumns
from nnrecipes.layers.modality_default import ModalityDefault
from nnrecipes.layers.ntp_dense import BIAS, NTPDense
from nnrecipes.layers.parametric_activation import SLOWER as SLOW_SHARE
from nnrecipes.layers.parametric_activation import ParametricActivation, mish
from nnrecipes.layers.periodic_embedding import SLOWER, PeriodicEmbedding
from nnrecipes.layers.piecewise_linear import PiecewiseLinear
from nnrecipes.layers.position_embedding import PositionEmbedding
from nnrecipes.layers.quantile_head import QuantileHead
from nnrecipes.layers.standardised_sum import StandardisedSum
from nnrecipes.layers.tied_dense import TiedDense
from nnrecipes.layers.within_class_whitening import WithinClassWhitening

Plain = Callable[..., Any]


def plain_call(layer: Any) -> Plain | None:
    """Return what stands for a layer of the package: a function of its inputs; None for a layer that stands for itself.

    Training's own layers (dropout, noise, augmentation) let everything through and are not asked for.
    """
    found = _BY_CLASS.get(type(layer))
    return None if found is None else lambda *inputs, **keywords: found(layer, *inputs, **_known(keywords))


def _known(keywords: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in keywords.items() if name == "up"}


def _ntp_dense(layer: NTPDense, x: Any) -> Any:
    kernel = _array(layer.kernel) / math.sqrt(max(layer.width, 1))
    return dense(kernel, BIAS * _array(layer.bias))(x)


def _parametric(layer: ParametricActivation, x: Any) -> Any:
    bent = activated(layer.activation, x)
    return x + (bent - x) * _f32(SLOW_SHARE * _array(layer.share)) if layer.learn else bent


def _member_scale(layer: MemberScale, x: Any) -> Any:
    return ops.expand_dims(x, 1) * _f32(FASTER * _array(layer.factor))


def _member_head(layer: MemberHead, x: Any) -> Any:
    """The mean of the members' linear answers is one linear map of all their features."""
    kernel = _array(layer.kernel) / math.sqrt(max(layer.width, 1))
    bias = BIAS * _array(layer.bias)
    if layer.rising:
        shape = (layer.members, layer.units)
        answers = einsum("bkf,kfu->bku", kernel, bias, shape, "ku")(x)
        mean = ops.mean(rising(answers), axis=1)
    else:
        flat = ops.reshape(x, (-1, layer.members * layer.width))
        whole = kernel.reshape(-1, layer.units) / layer.members
        mean = dense(whole, bias.mean(axis=0))(flat)
    found = activated(layer.activation, mean)
    return ops.clip(found, *map(float, layer.limits)) if layer.limits else found


def _periodic(layer: PeriodicEmbedding, x: Any) -> Any:
    number = ops.expand_dims(x, -1)
    turns = number * _f32(2.0 * math.pi * SLOWER * _array(layer.frequency)) + _f32(SLOWER * _array(layer.phase))
    kernel, bias = _array(layer.kernel) / math.sqrt(layer.frequencies), SLOWER * _array(layer.bias)
    sums = einsum("bfi,fid->bfd", kernel, bias, bias.shape, "fd")(ops.cos(turns))
    return ops.reshape(ops.concatenate([number, sums], axis=2), (-1, layer.features * layer.dim))


def _piecewise(layer: PiecewiseLinear, x: Any) -> Any:
    parts = ops.clip((ops.expand_dims(x, -1) - layer.starts) * layer.factors, 0.0, 1.0)
    shape = (len(layer.edges), layer.dim)
    found = einsum("bfi,fid->bfd", _array(layer.kernel) * layer.scale, None, shape)(parts)
    return ops.reshape(found, (-1, shape[0] * shape[1]))


def _categories(layer: CategoryEmbedding, x: Any) -> Any:
    """One table for all columns, in which each column's code 0 is a row of zeros."""
    table = _array(layer.table).copy()
    table[layer.starts] = 0.0
    found = frozen_table(table)(ops.cast(x, "int32") + layer.starts)
    return ops.reshape(found, (-1, len(layer.cardinalities) * layer.dim))


def _mixed_columns(layer: MixedColumns, x: Any) -> Any:
    return layer.call(x)


def _modality(layer: ModalityDefault, inputs: Any) -> Any:
    code, raw = inputs
    default = _f32(_array(layer.default))
    if not layer.zeros_are_missing:
        return code
    axes = list(range(len(code.shape) - 1, len(raw.shape)))
    there = ops.max(ops.cast(ops.not_equal(raw, 0), "float32"), axis=axes)
    return ops.where(ops.expand_dims(there, -1) > 0.5, code, default)


def _positions(layer: PositionEmbedding, x: Any) -> Any:
    return x + _f32(_array(layer.positions))


def _quantiles(layer: QuantileHead, x: Any) -> Any:
    return rising(dense(_array(layer.kernel), _array(layer.bias))(x))


def _tied(layer: TiedDense, x: Any, up: bool = False) -> Any:
    kernel = _array(layer.kernel)
    return dense(kernel.T, _array(layer.up_bias))(x) if up else dense(kernel, _array(layer.bias))(x)


def _gaussian(layer: GaussianCode, x: Any) -> Any:
    return dense(_array(layer.mean_kernel), _array(layer.mean_bias))(x)


def _history_bag(layer: HistoryBag, x: Any, up: bool = False) -> Any:
    if up:
        return dense(_array(layer.kernel).T, _array(layer.up_bias))(x)
    if layer.normalize:
        x = x / ops.sqrt(ops.maximum(ops.sum(ops.square(x), axis=-1, keepdims=True), 1e-12))
    return layer.activation(dense(_array(layer.kernel), _array(layer.bias))(x))


def _item_scores(layer: ItemScores, x: Any) -> Any:
    return dense(_array(layer.kernel).T, _array(layer.bias))(x)


def _standardised(layer: StandardisedSum, inputs: Any) -> Any:
    weight = float(_array(layer.weight))
    first, second = (_standard(scores) for scores in inputs)
    return weight * first + (1.0 - weight) * second


def _whitened(layer: WithinClassWhitening, x: Any) -> Any:
    matrix = _array(layer.matrix)
    return dense(matrix, np.zeros(len(matrix)))(x - _f32(_array(layer.mean)))


def _standard(scores: Any) -> Any:
    centred = scores - ops.mean(scores, axis=-1, keepdims=True)
    variance = ops.mean(ops.square(centred), axis=-1, keepdims=True)
    return centred / ops.sqrt(ops.maximum(variance, 1e-12))


def is_gelu(layer: Any) -> bool:
    """Whether a layer ends in GELU, which TensorFlow computes by an operation that ONNX has not."""
    return getattr(layer, "activation", None) is keras.activations.gelu


def gelu(x: Any) -> Any:
    """``x (1 + erf(x / sqrt(2))) / 2``."""
    return x * 0.5 * (1.0 + ops.erf(x * math.sqrt(0.5)))


def activated(name: str, x: Any) -> Any:
    """Return a named activation of ``x``."""
    if name in ("mish", "gelu"):
        return mish(x) if name == "mish" else gelu(x)
    return keras.activations.get(name)(x)


def rising(raw: Any) -> Any:
    """Return rising numbers along the last axis: the first, and steps upward, summed by a triangle of ones."""
    units = raw.shape[-1]
    steps = ops.concatenate([raw[..., :1], ops.softplus(raw[..., 1:])], axis=-1)
    return ops.matmul(steps, np.triu(np.ones((units, units), np.float32)))


def dense(kernel: Array, bias: Array) -> Any:
    """Return a Dense layer with these weights."""
    layer = keras.layers.Dense(kernel.shape[1])
    layer.build((None, kernel.shape[0]))
    layer.set_weights([_f32(kernel), _f32(bias)])
    return layer


def einsum(equation: str, kernel: Array, bias: Array | None, shape: tuple[int, ...], axes: str | None = None) -> Plain:
    """Return an EinsumDense layer with these weights; ``axes`` names those of the bias."""

    def call(x: Any) -> Any:
        layer = keras.layers.EinsumDense(equation, shape, bias_axes=axes if bias is not None else None)
        layer.build(x.shape)
        layer.set_weights([_f32(kernel)] if bias is None else [_f32(kernel), _f32(bias)])
        return layer(x)

    return call


def _array(variable: Any) -> Array:
    return np.asarray(ops.convert_to_numpy(variable), dtype=np.float64)


def _f32(values: Array) -> Array:
    return np.asarray(values, dtype=np.float32)


_BY_CLASS: dict[type, Callable[..., Any]] = {
    CategoryEmbedding: _categories,
    GaussianCode: _gaussian,
    HistoryBag: _history_bag,
    ItemScores: _item_scores,
    MemberHead: _member_head,
    MemberScale: _member_scale,
    MixedColumns: _mixed_columns,
    ModalityDefault: _modality,
    NTPDense: _ntp_dense,
    ParametricActivation: _parametric,
    PeriodicEmbedding: _periodic,
    PiecewiseLinear: _piecewise,
    PositionEmbedding: _positions,
    QuantileHead: _quantiles,
    StandardisedSum: _standardised,
    TiedDense: _tied,
    WithinClassWhitening: _whitened,
}

"""Scalers as operations on tensors: the formulas of :mod:`nnrecipes.preprocessing.scaling` in float32.

Constants are folded in float64 and rounded once. An offset that is large beside the spread would cost digits:

    (x - m) / s  =  (x - float32(m)) * k + b        with  k = 1 / s,  b = (float32(m) - m) / s

Near ``m`` the first difference is exact in float32, so the result is exact to a rounding or two.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import ops

from nnrecipes.data.spec import Array
from nnrecipes.inference.export.columns import knots
from nnrecipes.preprocessing.scaling import CLIP, EDGE, Scaler, ranks_of, scale

FAR = 1e6
"""Beyond so many spreads robust_clip is flat in float32; its square would overflow."""
TOP = 88.0
"""The logarithm of about the largest float32."""
CENTRE = ((3.3871327179, 50.434271938, 159.29113202, 59.109374720), (1.0, 17.895169469, 78.757757664, 67.187563600))
TAIL = ((1.4234372777, 2.7568153900, 1.3067284816, 0.17023821103), (1.0, 0.73700164250, 0.12021132975))
"""Rational approximations of the normal quantile, good to float32: Wichura (1988), algorithm AS 241, PPND7."""


def scale_block(x: Any, scalers: Sequence[Scaler], fills: Sequence[float | None]) -> Any:
    """Return raw columns filled and scaled, ``(batch, ..., columns)``.

    Args:
        x: float32, or float64 where no digit may be lost; NaN where a number is missing.
        scalers: Of each column.
        fills: What stands for a missing number, in the column's own unit; None stands for 0 after scaling.
    """
    kinds = {scaler.kind for scaler in scalers}
    if "quantile" in kinds:
        scaled = _columns(x, scalers)
    else:
        scaled = _affine(x, scalers)
        if "robust_clip" in kinds:
            bent = _soft_clip(scaled)
            clipped = np.array([scaler.kind == "robust_clip" for scaler in scalers])
            scaled = bent if clipped.all() else ops.where(clipped, bent, scaled)
    filled = [0.0 if fill is None else float(scale(np.array([fill]), scaler)[0])
              for scaler, fill in zip(scalers, fills, strict=True)]  # fmt: skip
    return ops.where(ops.isnan(x), np.array(filled, np.float32), scaled)


def unscale(x: Any, scaler: Scaler) -> Any:
    """Return scaled numbers in their own unit."""
    if scaler.kind == "none":
        return x
    if scaler.kind == "minmax":
        return x * _f32(1 / scaler.factor) + _f32(-scaler.offset / scaler.factor)
    plain = x * _f32(scaler.factor) + _f32(scaler.offset)
    return ops.exp(ops.minimum(plain, TOP)) if scaler.kind == "log" else plain


def unscale_columns(x: Any, scalers: Sequence[Scaler]) -> Any:
    """Return ``(batch, ..., columns)`` in their own units, a scaler a column, none of them a logarithm."""
    lines = [(1 / s.factor, -s.offset / s.factor) if s.kind == "minmax" else (s.factor, s.offset) for s in scalers]
    factor, offset = np.array(lines, np.float64).T
    return x * factor.astype(np.float32) + offset.astype(np.float32)


def _affine(x: Any, scalers: Sequence[Scaler]) -> Any:
    lines = np.array([_line(scaler) for scaler in scalers])
    if (lines == (0.0, 1.0, 0.0)).all():
        return ops.cast(x, "float32")
    start, factor, offset = lines.T
    if x.dtype == "float64":  # rounded when the offset is gone
        return ops.cast((x - start) * factor + offset, "float32")
    return (x - start.astype(np.float32)) * factor.astype(np.float32) + offset.astype(np.float32)


def _line(scaler: Scaler) -> tuple[float, float, float]:
    """``start``, ``k`` and ``b`` of ``(x - start) k + b``, float64; the start is a float32."""
    if scaler.kind == "none":
        return 0.0, 1.0, 0.0
    if scaler.kind == "minmax":
        start = float(np.float32(-scaler.offset / scaler.factor))
        return start, scaler.factor, scaler.offset + start * scaler.factor
    start = float(np.float32(scaler.offset))
    return start, 1 / scaler.factor, (start - scaler.offset) / scaler.factor


def _soft_clip(z: Any) -> Any:
    near = ops.clip(z, -FAR, FAR)
    return near / ops.sqrt(1.0 + ops.square(near * _f32(1 / CLIP)))


def _columns(x: Any, scalers: Sequence[Scaler]) -> Any:
    parts = []
    for place, scaler in enumerate(scalers):
        column = x[..., place : place + 1]
        if scaler.quantiles is not None:
            parts.append(_normal_scores(column, scaler.quantiles))
        else:
            line = _affine(column, [scaler])
            parts.append(_soft_clip(line) if scaler.kind == "robust_clip" else line)
    return ops.concatenate(parts, axis=-1) if len(parts) > 1 else parts[0]


def _normal_scores(x: Any, quantiles: Array) -> Any:
    """Interpolate how much lies beyond ``x``, counted from the nearer end, and take the normal quantile of it."""
    table = _tail_table(quantiles)
    x = ops.cast(x, "float32")
    place = ops.sum(ops.cast(x >= table[:, 0], "int32"), axis=-1) - 1
    found = ops.take(table, ops.maximum(place, 0), axis=0)
    start, slope, first, last, middle, sign = (found[..., i : i + 1] for i in range(6))
    share = ops.clip((x - start) * slope, 0.0, 1.0)
    beyond = ops.where(x > start, first + share * (last - first), middle)
    nearer = ops.minimum(beyond, 1.0 - beyond)  # few quantiles have a bin from end to end
    side = ops.where(beyond > 0.5, -sign, sign)
    return -side * _normal_quantile(ops.maximum(nearer, EDGE))


def _tail_table(quantiles: Array) -> Array:
    """A row a distinct quantile, float32, and what lies beyond it.

    Its columns: itself, 1 / distance to the next, what lies beyond a number just above it, just below the next one and
    at itself, and the side from which that is counted (-1 from above).
    Equal quantiles are a step in the rank; a number that equals them stands in the middle of the step.
    """  # fmt: skip
    values, places = np.unique(quantiles.astype(np.float32), return_inverse=True)
    ranks, groups = np.linspace(0, 1, len(quantiles)), [places == i for i in range(len(values))]
    low, high = (np.array([pick(ranks[group]) for group in groups]) for pick in (np.min, np.max))
    middle = ranks_of(knots(quantiles), quantiles)
    upper = middle >= 0.5
    ends = [high, np.append(low[1:], 1.0), middle]
    beyond = [np.where(upper, 1 - end, end) for end in ends]
    slope = 1 / np.append(np.diff(values.astype(np.float64)), np.inf)
    return np.column_stack([values, slope, *beyond, np.where(upper, -1.0, 1.0)]).astype(np.float32)


def _normal_quantile(p: Any) -> Any:
    """Minus the quantile of a probability between 0 and one half."""
    q = 0.5 - p
    centre = q * _ratio(0.180625 - ops.square(q), CENTRE)
    tail = _ratio(ops.sqrt(-ops.log(p)) - 1.6, TAIL)
    return ops.where(ops.abs(q) <= 0.425, centre, tail)


def _ratio(x: Any, coefficients: tuple[tuple[float, ...], tuple[float, ...]]) -> Any:
    over, under = (sum(c * x**i for i, c in enumerate(part)) for part in coefficients)
    return over / under


def _f32(value: float) -> float:
    return float(np.float32(value))

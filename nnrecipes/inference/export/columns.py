"""A fitted preprocessor -> the columns that an exported file takes: their kinds, what they may hold, what training had.

Dates are given by their parts (``sold_year``, ``sold_month_sin``), which are numbers.
"""

import numpy as np

from nnrecipes.data.spec import Array
from nnrecipes.inference.export.column import Column
from nnrecipes.preprocessing.categorical import Levels
from nnrecipes.preprocessing.features import Feature, feature_levels
from nnrecipes.preprocessing.images import ImageState
from nnrecipes.preprocessing.media import MediaState
from nnrecipes.preprocessing.numeric import NumericColumn
from nnrecipes.preprocessing.preprocessor import Preprocessor
from nnrecipes.preprocessing.scaling import Scaler
from nnrecipes.preprocessing.series import SeriesState

SPREADS = 3.0
"""How far typical numbers lie from the middle, where the run does not know training's range."""
STRICT = {"refuse", "drop"}


def columns_of(preprocessor: Preprocessor) -> list[Column]:
    """Return the columns in the order in which the network first uses them."""
    found: dict[str, Column] = {}
    for plan in preprocessor.plan.inputs:
        for name in plan.features:
            if plan.name in preprocessor.media_:
                found.setdefault(name, _media_column(name, preprocessor.media_[plan.name]))
            else:
                found.setdefault(name, _tabular_column(name, preprocessor.features_[plan.name][name]))
    return list(found.values())


def _tabular_column(name: str, feature: Feature) -> Column:
    levels = feature_levels(feature)
    if levels is not None:
        return Column(name, "category", levels.missing in STRICT, levels.names)
    assert isinstance(feature, NumericColumn)
    low, high, exact = _range(feature)
    return Column(name, "number", feature.missing in STRICT, (), (low, high), exact, _spread(feature.scaler))


def _media_column(name: str, state: MediaState) -> Column:
    if isinstance(state, ImageState):
        return Column(name, "image", shape=(state.height, state.width, state.channels))
    if not isinstance(state, SeriesState):
        return Column(name, "text")
    middle, width = _typical(state.scalers[0])
    typical = (middle - width, middle + width)
    if state.layout == "steps":
        return Column(name, "number", range=typical, spread=width / SPREADS)
    return Column(name, "series", range=typical, spread=width / SPREADS, shape=(state.length,))


def _range(feature: NumericColumn) -> tuple[float, float, bool]:
    if feature.limits is not None:
        return (*feature.limits, True)
    scaler = feature.scaler
    if scaler.quantiles is not None:
        return float(scaler.quantiles[0]), float(scaler.quantiles[-1]), True
    if scaler.kind == "minmax":
        return -scaler.offset / scaler.factor, (1 - scaler.offset) / scaler.factor, True
    middle, width = _typical(scaler)
    return middle - width, middle + width, False


def _typical(scaler: Scaler) -> tuple[float, float]:
    """The middle of a channel's numbers, and how far they reach about."""
    if scaler.quantiles is not None:
        low, high = scaler.quantiles[[0, -1]]
        return float(low + high) / 2, float(high - low) / 2
    if scaler.kind == "minmax":
        return (0.5 - scaler.offset) / scaler.factor, 0.5 / scaler.factor
    return scaler.offset, SPREADS * scaler.factor


def knots(quantiles: Array) -> Array:
    """Return one of those quantiles that are equal in float32, the middle one, for all of them.

    Interpolated quantiles differ from the column's own values in the last digits of float64, which a file cannot tell.
    """
    _, starts, counts = np.unique(quantiles.astype(np.float32), return_index=True, return_counts=True)
    return np.asarray(quantiles[starts + counts // 2])


def _spread(scaler: Scaler) -> float:
    return _typical(scaler)[1] / SPREADS


def missing_code(levels: Levels) -> int:
    """Return the code of a missing category: that of its fill, of its own level, or 0.

    Example:
        >>> missing_code(Levels(("a", "b"), "most_frequent", "b")), missing_code(Levels(("a",), "unknown"))
        (2, 0)
    """
    if levels.fill is not None:
        return levels.names.index(levels.fill) + 1 if levels.fill in levels.names else 0
    return len(levels) if levels.missing_level else 0

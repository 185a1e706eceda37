"""The ``preprocessing`` section: what happens to a column before the network. All of it is fitted on training rows."""

from typing import Annotated, Literal

from pydantic import Field

from nnrecipes.config.base import NonNegative, PositiveInt, Section

Scale = Literal["standard", "minmax", "robust", "robust_clip", "quantile", "none"]
Encode = Literal["one_hot", "ordinal", "target", "catboost", "embedding"]
NumericMissing = Literal["refuse", "median", "mean", "most_frequent", "constant", "indicator", "drop"]
CategoricalMissing = Literal["refuse", "most_frequent", "constant", "indicator", "unknown", "drop"]
Count = Annotated[int, Field(ge=0, le=1000)]


class NumericConfig(Section):
    """Numeric columns. ``quantile`` maps to a normal distribution; ``indicator`` is the median plus a 0/1 column.

    ``robust_clip`` divides by the interquartile range and draws outliers smoothly to within 3. The bins are those of
    the piecewise-linear embeddings of a ``tabular`` model: parts with equally many rows, equally many distinct values,
    and parts that a small decision tree makes to tell the targets; none where all three are 0.
    """

    missing: NumericMissing = "refuse"
    fill_value: float = 0.0
    scale: Scale = "standard"
    quantile_bins: Count = 0
    distinct_bins: Count = 0
    target_bins: Count = 0


class CategoricalConfig(Section):
    """Categorical columns.

    ``missing: indicator`` makes missing a category of its own, ``unknown`` treats it like an unseen one (the prior in
    target and CatBoost encoding, zeros in one-hot). ``smoothing`` and ``min_samples_leaf`` are those of
    category_encoders' TargetEncoder; ``prior_weight`` is CatBoostEncoder's ``a``; ``folds`` the out-of-fold parts of
    the training rows; ``target`` the target to encode against, which must be named where there are several. Encoded
    numbers (ordinal, target, catboost) are then scaled by ``scale``. ``embedding`` is one-hot up to nine categories
    and beyond them a code, for which a ``tabular`` model learns a vector.
    """

    missing: CategoricalMissing = "refuse"
    fill_value: str = "missing"
    encode: Encode = "one_hot"
    scale: Scale = "standard"
    smoothing: NonNegative = 10.0
    min_samples_leaf: PositiveInt = 20
    folds: Annotated[int, Field(ge=2)] = 5
    prior_weight: Annotated[float, Field(gt=0)] = 1.0
    target: str | None = None


class ColumnOverride(Section):
    """One column's own choices; what is left out follows ``numeric`` or ``categorical``."""

    missing: NumericMissing | CategoricalMissing | None = None
    fill_value: float | str | None = None
    scale: Scale | None = None
    encode: Encode | None = None
    smoothing: NonNegative | None = None
    min_samples_leaf: PositiveInt | None = None


class PreprocessingConfig(Section):
    """What happens to columns before the network."""

    numeric: NumericConfig = NumericConfig()
    categorical: CategoricalConfig = CategoricalConfig()
    columns: dict[str, ColumnOverride] = Field(default={})

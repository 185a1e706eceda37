"""The ``targets`` section: what is predicted, and the output, loss and metrics of each target."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, StrictFloat, StrictInt, Tag

from nnrecipes.config.base import NonNegative, Positive, PositiveInt, Section
from nnrecipes.config.names import Activation, Loss, Metric

Task = Literal["regression", "binary", "multiclass", "multilabel", "identity"]


class ThresholdAim(Section):
    """What the threshold of a binary target is chosen for, on the validation rows.

    ``f1``: the greatest F1. ``cost``: the least sum of what ``false_positive`` and ``false_negative`` rows cost.
    ``recall_at_precision``: the greatest recall among thresholds whose precision is at least ``precision``.
    """

    aim: Literal["f1", "cost", "recall_at_precision"]
    false_positive: Positive | None = None
    false_negative: Positive | None = None
    precision: Annotated[float, Field(gt=0, le=1)] | None = None


Threshold = Annotated[
    Annotated[float, Field(gt=0, lt=1), Tag("number")] | Annotated[ThresholdAim, Tag("chosen")],
    Discriminator(lambda value: "chosen" if isinstance(value, dict | ThresholdAim) else "number"),
]


TargetScale = Literal["standard", "minmax", "robust", "log", "none"]
Quantiles = Annotated[tuple[Annotated[float, Field(gt=0, lt=1)], ...], Field(min_length=2)]


class TargetConfig(Section):
    """One target, keyed by its column.

    ``task`` is inferred from the rows where it is left out. ``columns`` are the 0/1 columns of a multi-label target.
    ``output`` names the network's output layer (the target's own name by default). ``activation`` and ``loss`` follow
    from the task: linear and mean squared error; sigmoid and binary cross-entropy; softmax and sparse categorical
    cross-entropy. A binary target with ``activation: softmax`` has two units; a multi-class one with ``sigmoid`` is
    one-vs-rest. ``scale`` is of regression targets, ``standard`` where it is left out and the output may be
    negative; ``log`` standardises the logarithm of positive numbers. Predictions come back in the target's own unit.

    ``quantiles`` (levels such as ``[0.05, 0.5, 0.95]``) ask a regression target's head for these quantiles, trained by
    the pinball loss; the prediction is the one nearest to the median, beside all of them.

    An ``identity`` target names who or what a row shows: a ``siamese`` network learns vectors that are near each other
    where it is the same, and is scored on identities that training never saw. ``loss`` is ``supervised_contrastive``,
    ``triplet``, ``contrastive`` or ``pair_crossentropy``; in an epoch's order so many rows of an identity as
    ``rows_together`` says (4 where it is left out) stand side by side, so that every batch has pairs of one identity.

    ``calibration`` corrects probabilities by ``temperature`` (binary and multi-class) or ``platt`` scaling (binary); a
    row is positive above ``threshold``, a number or an aim. Both are fitted on the validation rows, in this order.
    """

    task: Task | None = None
    columns: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    output: str | None = None
    positive: str | None = None
    activation: Activation | None = None
    loss: Loss | None = None
    loss_weight: NonNegative = 1.0
    metrics: tuple[Metric, ...] | None = None
    class_weight: Literal["balanced"] | dict[str, StrictInt | StrictFloat] | None = None
    scale: TargetScale | None = None
    quantiles: Quantiles | None = None
    rows_together: PositiveInt | None = None
    calibration: Literal["none", "temperature", "platt"] = "none"
    threshold: Threshold = 0.5

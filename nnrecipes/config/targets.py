"""The ``targets`` section: what is predicted, and the output, loss and metrics of each target."""

from typing import Annotated, Literal

from pydantic import Field, StrictFloat, StrictInt

from nnrecipes.config.base import NonNegative, Section
from nnrecipes.config.names import Activation, Loss, Metric

Task = Literal["regression", "binary", "multiclass", "multilabel"]


class TargetConfig(Section):
    """One target, keyed by its column.

    ``task`` is inferred from the rows where it is left out. ``columns`` are the 0/1 columns of a multi-label target.
    ``output`` names the network's output layer (the target's own name by default). ``activation`` and ``loss`` follow
    from the task: linear and mean squared error; sigmoid and binary cross-entropy; softmax and sparse categorical
    cross-entropy. A binary target with ``activation: softmax`` has two units; a multi-class one with ``sigmoid`` is
    one-vs-rest. ``scale`` is of regression targets, ``standard`` where it is left out and the output may be
    negative; predictions come back in the target's own unit.
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
    scale: Literal["standard", "minmax", "robust", "none"] | None = None

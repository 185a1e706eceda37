r"""Vectors of length 1 and identities -> losses over all pairs of a batch: what is alike comes together.

With ``s`` the cosine of two rows and ``d = sqrt(2 - 2 s)`` their distance, each row (anchor) of a batch has

| loss | of an anchor |
|---|---|
| contrastive | mean of ``d^2`` over the same identity + mean of ``max(0, margin - d)^2`` over others |
| triplet, batch-hard | ``max(0, margin + largest d of the same identity - least d of others)`` |
| binary cross-entropy | of ``sigmoid(scale (s - offset))``: mean over the same identity + mean over others, halved |
| supervised contrastive | mean over the same identity of ``-log softmax(s / temperature)`` among all other rows |

An anchor that is alone of its identity has no part of the first kind.

References:
    Hadsell, Chopra and LeCun (2006), Dimensionality reduction by learning an invariant mapping.
    https://doi.org/10.1109/CVPR.2006.100
    Hermans, Beyer and Leibe (2017), In defense of the triplet loss for person re-identification. arXiv:1703.07737
    Khosla et al. (2020), Supervised contrastive learning. arXiv:2004.11362
"""

from typing import Any

import keras
from keras import ops

FAR = 1e9
LEAST = 1e-12


def pairs_of(identities: Any, vectors: Any) -> tuple[Any, Any, Any]:
    """Return cosines, and which pairs are of one identity and of two, each ``(batch, batch)``; no row is its own pair.

    Args:
        identities: A number a row, ``(batch,)`` or ``(batch, 1)``.
        vectors: Of length 1, ``(batch, width)``.
    """
    numbers = ops.reshape(identities, (-1,))
    place = ops.arange(ops.shape(numbers)[0])
    alike = ops.equal(numbers[:, None], numbers[None, :])
    itself = ops.equal(place[:, None], place[None, :])
    same = ops.cast(ops.logical_and(alike, ops.logical_not(itself)), vectors.dtype)
    other = ops.cast(ops.logical_not(alike), vectors.dtype)
    return ops.matmul(vectors, ops.transpose(vectors)), same, other


def distances(cosines: Any) -> Any:
    """``sqrt(2 - 2 s)``, with a finite slope at 0."""
    return ops.sqrt(ops.maximum(2.0 - 2.0 * cosines, LEAST))


def mean_over(values: Any, chosen: Any) -> Any:
    """The mean of the chosen values of each anchor ``(batch,)``; 0 where it has none."""
    return ops.sum(values * chosen, axis=1) / ops.maximum(ops.sum(chosen, axis=1), 1.0)


@keras.saving.register_keras_serializable(package="nnrecipes")
class ContrastiveLoss(keras.losses.Loss):  # type: ignore[misc]
    """Pairs of one identity together, others at least ``margin`` apart (distances are 0 to 2).

    Example:
        >>> vectors = ops.convert_to_tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
        >>> round(float(ContrastiveLoss(margin=1.5)(ops.convert_to_tensor([7, 7, 8]), vectors)), 4)
        0.0074
    """

    def __init__(self, margin: float = 1.0, name: str = "contrastive", **keywords: Any) -> None:
        super().__init__(name=name, **keywords)
        self.margin = margin

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """``(batch,)``."""
        cosines, same, other = pairs_of(y_true, y_pred)
        apart = ops.square(ops.maximum(self.margin - distances(cosines), 0.0))
        return mean_over(2.0 - 2.0 * cosines, same) + mean_over(apart, other)

    def get_config(self) -> dict[str, Any]:
        """Arguments of the constructor."""
        return {**super().get_config(), "margin": self.margin}


@keras.saving.register_keras_serializable(package="nnrecipes")
class TripletLoss(keras.losses.Loss):  # type: ignore[misc]
    """The farthest row of the anchor's identity nearer than the nearest other row, by ``margin``.

    Example:
        >>> vectors = ops.convert_to_tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
        >>> float(TripletLoss(margin=0.0)(ops.convert_to_tensor([7, 7, 8]), vectors)) > 0.4
        True
    """

    def __init__(self, margin: float = 0.2, name: str = "triplet", **keywords: Any) -> None:
        super().__init__(name=name, **keywords)
        self.margin = margin

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """``(batch,)``; 0 of an anchor without a row of its identity, or without another one."""
        cosines, same, other = pairs_of(y_true, y_pred)
        apart = distances(cosines)
        farthest = ops.max(ops.where(same > 0, apart, -FAR), axis=1)
        nearest = ops.min(ops.where(other > 0, apart, FAR), axis=1)
        return ops.maximum(self.margin + farthest - nearest, 0.0)

    def get_config(self) -> dict[str, Any]:
        """Arguments of the constructor."""
        return {**super().get_config(), "margin": self.margin}


@keras.saving.register_keras_serializable(package="nnrecipes")
class PairCrossentropy(keras.losses.Loss):  # type: ignore[misc]
    """Binary cross-entropy of "the same identity" by ``sigmoid(scale (s - offset))``; both kinds of pairs weigh alike.

    Example:
        >>> vectors = ops.convert_to_tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
        >>> round(float(PairCrossentropy(scale=10.0, offset=0.5)(ops.convert_to_tensor([7, 7, 8]), vectors)), 4)
        0.0056
    """

    def __init__(
        self, scale: float = 10.0, offset: float = 0.5, name: str = "pair_crossentropy", **keywords: Any
    ) -> None:
        super().__init__(name=name, **keywords)
        self.scale = scale
        self.offset = offset

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """``(batch,)``, nats."""
        cosines, same, other = pairs_of(y_true, y_pred)
        logits = self.scale * (cosines - self.offset)
        return (mean_over(ops.softplus(-logits), same) + mean_over(ops.softplus(logits), other)) / 2.0

    def get_config(self) -> dict[str, Any]:
        """Arguments of the constructor."""
        return {**super().get_config(), "scale": self.scale, "offset": self.offset}


@keras.saving.register_keras_serializable(package="nnrecipes")
class SupervisedContrastiveLoss(keras.losses.Loss):  # type: ignore[misc]
    """Cross-entropy of finding the rows of the anchor's identity among all other rows of the batch.

    Example:
        >>> vectors = ops.convert_to_tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
        >>> float(SupervisedContrastiveLoss(temperature=0.1)(ops.convert_to_tensor([7, 7, 8]), vectors)) < 1e-4
        True
    """

    def __init__(self, temperature: float = 0.1, name: str = "supervised_contrastive", **keywords: Any) -> None:
        super().__init__(name=name, **keywords)
        self.temperature = temperature

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """``(batch,)``, nats."""
        cosines, same, other = pairs_of(y_true, y_pred)
        logits = ops.where(same + other > 0, cosines / self.temperature, -FAR)
        share = logits - ops.logsumexp(logits, axis=1, keepdims=True)
        return mean_over(-share, same)

    def get_config(self) -> dict[str, Any]:
        """Arguments of the constructor."""
        return {**super().get_config(), "temperature": self.temperature}

"""Regularisation that is there while a network learns the coarse and goes while it learns the fine.

The dropout rates of :class:`~nnrecipes.layers.fading_dropout.FadingDropout` layers and the weight decay of
:class:`~nnrecipes.training.fading_adamw.FadingAdamW` are multiplied by one curve.

References:
    Holzmüller, Grinsztajn and Steinwart (2024), Better by default. arXiv:2407.04491 (``flat_cos``)
"""

# ruff: noqa: ARG002 - Keras names the arguments

import keras

from nnrecipes.layers.fading_dropout import FadingDropout
from nnrecipes.training.fading_adamw import FadingAdamW
from nnrecipes.training.schedules import flat_cosine


class Fade(keras.callbacks.Callback):  # type: ignore[misc]
    """Set the shares of dropout and weight decay when an epoch begins.

    Args:
        epochs: Of the training.
        flat: Share of the epochs before the fall.
    """

    def __init__(self, *, epochs: int, flat: float = 0.5) -> None:
        super().__init__()
        self.epochs = epochs
        self.flat = flat

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Set the epoch's shares."""
        share = flat_cosine(epoch, epochs=self.epochs, flat=self.flat)
        for layer in self.model._flatten_layers(include_self=False):
            if isinstance(layer, FadingDropout):
                layer.share.assign(share)
        optimizer = self.model.optimizer
        if isinstance(optimizer, FadingAdamW):
            optimizer.build(self.model.trainable_variables)
            optimizer.share.assign(share)

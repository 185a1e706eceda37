"""A model and callbacks -> the reason why several models of its form cannot train in one program, if there is one."""

from collections.abc import Sequence
from typing import Any

import keras

from nnrecipes.training.by_epoch import acts_at_tests
from nnrecipes.training.form import form_of

UNSTACKED = ("Conv", "DepthwiseConv", "SeparableConv", "LSTM", "GRU", "RNN", "SimpleRNN", "Bidirectional")
"""Layers whose operations TensorFlow does not map over several kernels, or maps one by one."""


def member_obstacle(model: keras.Model, callbacks: Sequence[Any], own: Sequence[Any]) -> str | None:
    """Return what keeps several models of a form from one program, in words; None where nothing does.

    Args:
        model: One of them, compiled.
        callbacks: Of a training.
        own: Those of the user's own, which are the same objects for each member.
    """
    if own:
        return f"{type(own[0]).__name__} is one callback for all of them"
    for callback in callbacks:
        if acts_at_tests(callback):
            return f"{type(callback).__name__} acts at tests"
    if form_of(model) is None:
        return "the configuration of the network does not say all that it does"
    for layer in model._flatten_layers(include_self=False):
        if type(layer).__name__.startswith(UNSTACKED):
            return f"{type(layer).__name__} has no form for several networks"
    return None

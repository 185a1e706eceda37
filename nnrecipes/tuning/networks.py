"""A trial's recipe -> a compiled network as new: one that an earlier trial has left, or one that is built.

Building a small network takes longer than an epoch of it, and each build stays in memory in part. Trials that differ in
learning rate and weight decay alone therefore take turns with one network, which gets its first values back.
"""

import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras

from nnrecipes.config.load import resolved
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.data.spec import Array
from nnrecipes.models.build import build_model
from nnrecipes.preprocessing.build import Prepared
from nnrecipes.training.build import compile_for
from nnrecipes.training.compiled import build_state
from nnrecipes.training.fit import build
from nnrecipes.training.form import form_of, variables_of
from nnrecipes.training.variables import assign_variables, read_variables

KEPT = 8
"""Recipes whose networks stay."""
RATES = ("learning_rate", "weight_decay")


@dataclass(frozen=True)
class Network:
    """A compiled network, the values it began with, and what it was built for; without a key it serves once."""

    model: keras.Model
    first: Sequence[Array]
    key: str | None
    prepared: Prepared


class Networks:
    """The networks of a search that no trial uses now."""

    def __init__(self) -> None:
        self._free: OrderedDict[str, list[Network]] = OrderedDict()

    def take(self, config: RecipeConfig, prepared: Prepared) -> Network:
        """Return a network of the recipe, as new."""
        key = f"{_key(config)} {id(prepared)}"
        free = self._free.setdefault(key, [])
        self._free.move_to_end(key)
        while len(self._free) > KEPT:
            self._free.popitem(last=False)
        if not free:
            return _built(config, prepared, key)
        network = free.pop()
        renew(network, config)
        return network

    def give_back(self, network: Network, trainer: str) -> None:
        """Keep a network for later trials, if its trainer reads the rates anew; that of Keras has them in its graph."""
        if network.key is not None and network.key in self._free and trainer != "keras":
            self._free[network.key].append(network)


def renew(network: Network, config: RecipeConfig) -> None:
    """Give a network the values it began with, and the rates of this recipe."""
    optimizer, rates = network.model.optimizer, config.training.optimizer
    assign_variables(variables_of(network.model), network.first)
    optimizer.learning_rate = rates["learning_rate"]
    if rates.get("weight_decay") is not None:
        getattr(optimizer, "inner_optimizer", optimizer).weight_decay = rates["weight_decay"]


def _built(config: RecipeConfig, prepared: Prepared, key: str) -> Network:
    model = compile_for(build_model(config.model, prepared.preprocessor.spec, config.seed), config)
    if form_of(model) is None or "learning_rate" not in config.training.optimizer:
        return Network(model, (), None, prepared)  # its configuration does not say all that it holds
    build(model, prepared.train, config.seed)
    build_state(model, prepared.train)
    return Network(model, read_variables(variables_of(model)), key, prepared)


def _key(config: RecipeConfig) -> str:
    """All that a network is built and compiled by, without the rates but whether there are some."""
    values: dict[str, Any] = resolved(config)
    training = values.pop("training")
    optimizer = {name: value is not None if name in RATES else value for name, value in training["optimizer"].items()}
    return json.dumps([values, optimizer, training["callbacks"].get("fade") is not None], sort_keys=True)

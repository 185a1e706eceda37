"""What must hold between the sections of an autoencoder's recipe, and what is written out where they are silent."""

from collections.abc import Iterator, Mapping

from nnrecipes.config.autoencoder import (
    AutoencoderConfig,
    DenoisingAutoencoderConfig,
    DenseAutoencoderConfig,
    ReconstructionConfig,
)
from nnrecipes.config.problem import Problem
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.config.targets import TargetConfig, Task

INPUTS = ("tabular", "image", "series")
LABEL = {"task", "columns"}
"""What a label may say of itself; the rest is of targets that a network predicts."""


def is_autoencoder(config: RecipeConfig) -> bool:
    """Whether a recipe's network rebuilds its own rows."""
    return isinstance(config.model, AutoencoderConfig)


def check_autoencoder(config: RecipeConfig) -> Iterator[Problem]:
    """Yield what does not fit; of other recipes, that they have no target, or what is for autoencoders alone."""
    if not is_autoencoder(config):
        if not config.targets:
            yield Problem(("targets",), "at least 1 of them", "{}")
        if config.reconstruction is not None:
            yield Problem(("reconstruction",), "nothing: only an autoencoder rebuilds its rows", "a section")
        return
    yield from _label(config)
    yield from _rows(config)
    training = config.training
    for name in ("init_from", "freeze"):
        if getattr(training, name):
            yield Problem(("training", name), "nothing: an autoencoder begins anew", repr(getattr(training, name)))
    if training.ensemble > 1:
        expected = "1: codes of several networks cannot be averaged"
        yield Problem(("training", "ensemble"), expected, repr(training.ensemble))
    if config.evaluation.importance:
        yield Problem(("evaluation", "importance"), "false: nothing is predicted", "True")
    encode = config.preprocessing.categorical.encode
    if encode not in {"one_hot", "ordinal"}:
        expected = "one_hot or ordinal, as an autoencoder has no target to encode against"
        yield Problem(("preprocessing", "categorical", "encode"), expected, repr(encode))


def fill_autoencoder(config: RecipeConfig, tasks: Mapping[str, Task]) -> RecipeConfig:
    """Return the recipe with the label's task, the loss and the monitor's direction written out."""
    targets = {name: target.model_copy(update={"task": tasks[name]}) for name, target in config.targets.items()}
    section = config.reconstruction or ReconstructionConfig()
    if section.loss is None:
        sigmoid = getattr(config.model, "output_activation", "") == "sigmoid"
        loss = "binary_crossentropy" if sigmoid else "mean_squared_error"
        section = section.model_copy(update={"loss": loss})
    callbacks = config.training.callbacks
    if callbacks.mode == "auto":
        callbacks = callbacks.model_copy(update={"mode": "min"})
    training = config.training.model_copy(update={"callbacks": callbacks})
    return config.model_copy(update={"targets": targets, "reconstruction": section, "training": training})


def _label(config: RecipeConfig) -> Iterator[Problem]:
    if len(config.targets) > 1:
        yield Problem(("targets",), "one label at most, or none, for an autoencoder", f"{len(config.targets)} of them")
    for name, target in config.targets.items():
        if target.task == "multilabel":
            yield Problem(("targets", name, "task"), "regression, binary or multiclass for a label", "'multilabel'")
        for key in sorted(target.model_fields_set - LABEL):
            if getattr(target, key) != TargetConfig.model_fields[key].default:
                expected = "nothing: the label of an autoencoder is not predicted"
                yield Problem(("targets", name, key), expected, repr(getattr(target, key)))
    section = config.reconstruction
    if section and section.normal and not config.targets:
        expected = "a label under targets, of which these are classes"
        yield Problem(("reconstruction", "normal"), expected, repr(list(section.normal)))


def _rows(config: RecipeConfig) -> Iterator[Problem]:
    if len(config.inputs) > 1:
        yield Problem(("inputs",), "one input for an autoencoder", f"{len(config.inputs)}: {', '.join(config.inputs)}")
    kind = "tabular"
    for name, item in config.inputs.items():
        kind = item.kind
        if kind not in INPUTS:
            yield Problem(("inputs", name, "kind"), f"{', '.join(INPUTS)} for an autoencoder", repr(kind))
    model = config.model
    if isinstance(model, DenoisingAutoencoderConfig) and model.body != "dense" and kind == "tabular":
        yield Problem(("model", "body"), "dense for rows of a table", repr(model.body))
    if isinstance(model, DenseAutoencoderConfig) and model.tied_weights and kind == "series":
        yield Problem(("model", "tied_weights"), "false for series", "True")
    section, activation = config.reconstruction, getattr(model, "output_activation", "linear")
    crossed = section is not None and section.loss == "binary_crossentropy"
    scaled = config.preprocessing.numeric.scale == "minmax"
    if kind != "image" and (activation == "sigmoid" or crossed) and not (kind == "tabular" and scaled):
        expected = f"linear (and a squared or absolute error) for a {kind} input, whose numbers are not from 0 to 1"
        key = ("model", "output_activation") if activation == "sigmoid" else ("reconstruction", "loss")
        yield Problem(key, expected, repr(activation if activation == "sigmoid" else "binary_crossentropy"))
    if crossed and activation != "sigmoid":
        yield Problem(("reconstruction", "loss"), "sigmoid as model.output_activation beside it", repr(activation))

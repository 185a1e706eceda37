"""The core with lookups of strings around it: a ``keras.Model`` from raw columns to named answers."""

import warnings
from typing import Any

import keras
from keras import ops

from nnrecipes.errors import RunError
from nnrecipes.inference.export.core import Core
from nnrecipes.preprocessing.text import TextState

UNKNOWN = "[UNK]"


def whole_model(core: Core) -> keras.Model:
    """Return the model that takes a dict of columns and gives a dict of answers.

    Raises:
        RunError: A text of several columns that Keras' own layers cannot put together.
    """
    raw = {column.name: keras.Input(column.taken, dtype=column.dtype, name=layer_name(column.name))
           for column in core.columns}  # fmt: skip
    leaves: dict[str, Any] = dict(raw)
    for column in core.columns:
        if column.kind == "category":
            leaves[column.name] = ops.cast(_lookup(column.levels)(raw[column.name]), "int32")
    for name, state in core.vocabularies.items():
        leaves[name] = _tokens([raw[column] for column in core.texts[name]], state, name)
    found = core.model({key: leaves[name] for key, name in core.inputs.items()})
    answers = {name: found[key] for key, name in core.outputs.items()}
    for name, classes in core.classes.items():
        answers[name] = keras.layers.StringLookup(vocabulary=list(classes), invert=True, oov_token="")(answers[name])
    with warnings.catch_warnings():  # of a name with a stroke, which only the key can have
        warnings.filterwarnings("ignore", message="When providing `inputs` as a dict")
        return keras.Model(raw, answers, name="answers")


def layer_name(column: str) -> str:
    """A column's name as Keras takes it for an input.

    Example:
        >>> layer_name("od280/od315 of wine")
        'od280∕od315 of wine'
    """
    return column.replace("/", "\u2215")


def _lookup(levels: tuple[str, ...]) -> Any:
    known = [*levels, ""] if "" not in levels else list(levels)
    oov = UNKNOWN
    while oov in known:
        oov += "_"
    return keras.layers.StringLookup(vocabulary=known, oov_token=oov)


def _tokens(texts: list[Any], state: TextState, name: str) -> Any:
    """Ids ``(batch, length)``, or counts ``(batch, tokens)``, of the texts of a row one after the other."""
    if len(texts) > 1 and state.ngrams > 1:
        raise RunError(f"export: inputs.{name}: expected one column, or ngrams: 1. Received: {len(texts)} columns "
                       f"whose runs of {state.ngrams} tokens go over their ends.")  # fmt: skip
    if state.form == "tfidf":
        size = len(state.vocabulary) + 1
        counts = [ops.reshape(ops.cast(_vectoriser(state, "count")(text), "float32"), (-1, size)) for text in texts]
        return counts[0] if len(counts) == 1 else sum(counts[1:], counts[0])
    ids = [ops.cast(_vectoriser(state, "int")(text), "int32") for text in texts]
    if len(ids) == 1:
        return ids[0]
    beside = ops.concatenate(ids, axis=1)
    places = ops.where(ops.equal(beside, 0), beside.shape[1], 0) + ops.arange(beside.shape[1], dtype="int32")
    order = ops.argsort(places, axis=1)
    return ops.take_along_axis(beside, order, axis=1)[:, : state.length]


def _vectoriser(state: TextState, mode: str) -> Any:
    length = {"output_sequence_length": state.length} if mode == "int" else {}
    standardize = None if state.standardize == "none" else state.standardize
    return keras.layers.TextVectorization(
        vocabulary=list(state.vocabulary), output_mode=mode, standardize=standardize, split=state.split,
        ngrams=state.ngrams if state.ngrams > 1 else None, **length,
    )  # fmt: skip

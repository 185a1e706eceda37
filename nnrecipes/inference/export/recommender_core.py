"""A trained recommender -> the core that scores all items for a history and lists the best."""

import keras
import numpy as np
from keras import ops

from nnrecipes.inference.export.column import Column
from nnrecipes.inference.export.core import Core
from nnrecipes.inference.export.names import LABEL
from nnrecipes.inference.export.plain import plain_outputs
from nnrecipes.preprocessing.histories import Vocabulary
from nnrecipes.training.predict import named_outputs

NEVER = -1e30


def recommender_core(model: keras.Model, vocabulary: Vocabulary, places: int) -> Core:
    """Return the core: ``history`` -> ``scores`` and ``recommended``.

    Codes are 1, 2, ... of the items in order, 0 of others and one more of an empty place. A history without an item
    gets each item's share of the users.

    Args:
        model: Histories ``(batch, items)`` -> scores.
        vocabulary: Of the run.
        places: Length of the list.
    """
    items = tuple(map(str, vocabulary.items))
    codes = keras.Input((None,), dtype="int32", name="in_0")
    history = ops.max(ops.one_hot(codes, len(items) + 2), axis=1)[:, 1:-1]
    scored = named_outputs(model, plain_outputs(model, {"history": history}), ["scores"])["scores"]
    share = (vocabulary.counts / len(vocabulary.users)).astype(np.float32)
    known = ops.max(history, axis=1, keepdims=True) > 0.5
    scores = ops.where(known, scored, ops.zeros_like(scored) + share)
    best, where = ops.top_k(ops.where(history > 0.5, NEVER, scores), places)
    left = best > NEVER / 2
    found = {"scores": scores, "recommended": ops.where(left, best, float("nan")),
             f"recommended{LABEL}": ops.where(left, ops.cast(where, "int32") + 1, 0)}  # fmt: skip
    outputs = {f"out_{place}": name for place, name in enumerate(found)}
    whole = keras.Model({"in_0": codes}, {key: found[name] for key, name in outputs.items()}, name="core_of_answers")
    column = Column("history", "category", levels=items, shape=(None,))  # type: ignore[arg-type]
    return Core(whole, [column], {"in_0": "history"}, outputs, classes={f"recommended{LABEL}": items})

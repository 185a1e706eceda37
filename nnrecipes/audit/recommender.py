"""``audit`` of a recommender's recipe: held-out interactions get other items and ratings, and training may not move.

The vocabulary, its counts and the histories of the training users are a function of the training rows alone if no
values of the other rows can move a byte of them. Beside that, no pair of user and item may be both known and to be
found.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from nnrecipes.audit.result import Audit, Check, Leak
from nnrecipes.config.load import Overrides, Recipe
from nnrecipes.config.load_recommender import load_recommender
from nnrecipes.config.overrides import parse_overrides
from nnrecipes.config.recommender_model import AutoRecConfig
from nnrecipes.data.interaction_split import InteractionSets, split_interactions
from nnrecipes.data.interactions import Interactions, load_interactions
from nnrecipes.data.spec import Array, derive_seed
from nnrecipes.preprocessing.histories import PreparedHistories, fit_histories

Fit = Callable[..., PreparedHistories]
CHECKED = "vocabulary, counts, training histories"


def audit_recommender(
    recipe: Recipe, overrides: Overrides = None, *, data: Any = None, fit: Fit = fit_histories
) -> Audit:
    """Prove a recommender's recipe free of leaks on its own data, or name what leaks. Nothing is trained.

    Args:
        recipe: A shipped recipe's name, a YAML file, or the recipe as a mapping.
        overrides: ``{"training.epochs": 20}`` or ``["training.epochs=20"]``.
        data: Interactions for a recipe whose source is ``arrays``.
        fit: What makes matrices of the interactions, in place of the package's own.
    """
    given = dict(overrides if isinstance(overrides, Mapping) else parse_overrides(overrides or ()))
    if data is not None:
        given = {"data.interactions.source": {"kind": "arrays"}, **given}
    config = load_recommender(recipe, given).config
    log = load_interactions(config.data.interactions, data)
    sets = split_interactions(config.data.split, log, config.seed)
    held = np.unique(np.concatenate([sets.validation.held_out, sets.test.held_out]))
    if config.data.split.kind == "strong":
        held = np.unique(np.concatenate([held, sets.validation.history, sets.test.history]))
    rated = isinstance(config.model, AutoRecConfig)

    def fitted(changed: Interactions) -> dict[str, bytes]:
        return _bytes(fit(changed, sets, rated=rated))

    reference = fitted(log)
    checks = [_pairs(log, sets), *([_users(log, sets)] if config.data.split.kind == "strong" else [])]
    for name, changed in _variants(log, held, config.seed).items():
        moved = fitted(changed)
        leaks = tuple(Leak(part, "moved") for part, content in reference.items() if moved[part] != content)
        checks.append(Check(f"{len(held):,} held-out rows: {name}", CHECKED, "same bytes", leaks))
    rows = {"train": len(sets.train), "validation": len(sets.validation.held_out), "test": len(sets.test.held_out)}
    return Audit(config.name, rows, tuple(checks), ())


def _pairs(log: Interactions, sets: InteractionSets) -> Check:
    """No pair is given, or trained on, and to be found as well."""
    leaks = []
    for name, found in (("validation", sets.validation), ("test", sets.test)):
        known = np.concatenate([sets.train, found.history]) if name == "validation" else sets.train
        both = np.intersect1d(_keys(log, np.concatenate([known, found.history])), _keys(log, found.held_out))
        leaks += [Leak(f"{name} set", f"{len(both):,} interactions are known as well")] if len(both) else []
    return Check("nothing", "interactions to be found and known ones", "apart", tuple(leaks))


def _users(log: Interactions, sets: InteractionSets) -> Check:
    train = log.user[sets.train]
    leaks = [Leak(f"{name} set", f"{count:,} users are training users as well")
             for name, found in (("validation", sets.validation), ("test", sets.test))
             if (count := len(np.intersect1d(train, log.user[found.held_out])))]  # fmt: skip
    return Check("nothing", "held-out users and training users", "apart", tuple(leaks))


def _variants(log: Interactions, held: Array, seed: int) -> dict[str, Interactions]:
    rng = np.random.default_rng(derive_seed(seed, "audit"))
    item = log.item.copy()
    item[held] = rng.integers(0, len(log.items), len(held))
    one = log.item.copy()
    one[held] = 0
    found = {"other items at random": replace(log, item=item), "all of one item": replace(log, item=one)}
    if log.rating is not None:
        rating = log.rating.copy()
        rating[held] = rng.permutation(rating[held]) + 10.0
        found["ratings beyond the scale"] = replace(log, rating=rating)
    return found


def _bytes(prepared: PreparedHistories) -> dict[str, bytes]:
    vocabulary = prepared.vocabulary
    matrix = vocabulary.histories
    return {
        "users": "\n".join(vocabulary.users).encode(),
        "items": "\n".join(vocabulary.items).encode(),
        "counts": vocabulary.counts.tobytes(),
        "histories": matrix.indptr.tobytes() + matrix.indices.tobytes() + matrix.data.tobytes(),
    }


def _keys(log: Interactions, rows: Array) -> Array:
    keys: Array = log.user[rows].astype(np.int64) * len(log.items) + log.item[rows]
    return keys

"""A recommender's recipe and its histories -> a trained model: solved, trained by epochs, or both and blended."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, assert_never

import keras
import numpy as np
from scipy.sparse import csr_matrix

from nnrecipes.config.recommender import RecommenderConfig
from nnrecipes.config.recommender_model import (
    AutoRecConfig,
    BlendConfig,
    EaseConfig,
    ItemKNNConfig,
    MultDAEConfig,
    MultVAEConfig,
)
from nnrecipes.errors import ConfigError
from nnrecipes.models.blend import build_blend
from nnrecipes.models.build_recommender import Network, build_recommender
from nnrecipes.models.construct import construct
from nnrecipes.models.ensemble import build_ensemble
from nnrecipes.models.item_weights import build_item_weights
from nnrecipes.training.callbacks import build_callbacks
from nnrecipes.training.closed_form import fit_ease, fit_item_knn
from nnrecipes.training.ensemble import MEMBERS, mean_history, member_seed
from nnrecipes.training.fit import History, updates
from nnrecipes.training.histories import fit_histories
from nnrecipes.training.lazy import LAZY
from nnrecipes.training.resume import Resume, State
from nnrecipes.training.save import write_history
from nnrecipes.training.weight_average import WeightAverage

Score = Callable[[keras.Model], Mapping[str, float]]
Say = Callable[[str], None]
WEIGHTS = tuple(round(0.1 * step, 1) for step in range(11))
CHOSEN_BY = "val_ndcg@100"


def train_recommender(
    config: RecommenderConfig,
    histories: csr_matrix,
    *,
    score: Score,
    folder: str | Path | None = None,
    callbacks: Sequence[Any] = (),
    say: Say | None = None,
    states: Sequence[State | None] = (),
) -> tuple[keras.Model, History]:
    """Return the trained model, ``(batch, items)`` -> ``(batch, items)``, and the history of its epochs.

    Args:
        config: The recipe.
        histories: The rows of the training set, CSR.
        score: A model -> its figures on the validation set, which callbacks watch and a blend's weight is chosen by.
        folder: The run folder, for checkpoints, TensorBoard, and what a killed training needs to go on.
        callbacks: Keras callbacks that run after the recipe's own.
        say: Called with lines that a user should read.
        states: Of each network, in a training that was killed, to go on from there.

    Raises:
        ConfigError: An optimizer or a penalty that the sampled softmax cannot have.
        DataError: EASE or item-kNN would not fit into memory.
    """
    options: dict[str, Any] = {"score": score, "folder": folder, "callbacks": callbacks, "say": say}
    states = states or [None] * config.training.ensemble
    match config.model:
        case EaseConfig():
            return _ease(config.model, histories), {}
        case ItemKNNConfig():
            weights = fit_item_knn(histories, neighbours=config.model.neighbours, shrinkage=config.model.shrinkage)
            return build_item_weights(weights=weights, name="item_knn"), {}
        case MultDAEConfig() | MultVAEConfig() | AutoRecConfig():
            return _train_members(config, config.model, histories, states, **options)
        case BlendConfig():
            ease = _ease(config.model.ease, histories)
            network, history = _train_members(config, config.model.network, histories, states, **options)
            return _blend(config.model, ease, network, score, say), history
        case _:
            assert_never(config.model)


def _ease(config: EaseConfig, histories: csr_matrix) -> keras.Model:
    weights = fit_ease(histories, l2=config.l2, dropout=config.dropout, user_power=config.user_power)
    return build_item_weights(weights=weights, name="ease")


def _blend(config: BlendConfig, ease: keras.Model, network: keras.Model, score: Score, say: Say | None) -> keras.Model:
    """Blend, with the weight of the recipe or the one that is best on the validation users."""
    model = build_blend(first=ease, second=network, weight=0.5 if config.weight is None else config.weight)
    if config.weight is None:
        variable = model.get_layer("scores").weight
        found = []
        for weight in WEIGHTS:
            variable.assign(weight)
            found.append(score(model)[CHOSEN_BY])
        best = WEIGHTS[int(np.argmax(found))]
        variable.assign(best)
        if say:
            say(f"EASE weighs {best:g}, the network {1 - best:g}: best NDCG@100 of the validation users")
    return model


def _train_members(
    config: RecommenderConfig, network: Network, histories: csr_matrix, states: Sequence[State | None], **options: Any
) -> tuple[keras.Model, History]:
    """Train ``training.ensemble`` networks from different seeds, and join them to the mean of their scores."""
    if config.training.ensemble == 1:
        return _train(config, network, histories, state=states[0], **options)
    folder, say = options.pop("folder"), options["say"]
    members, epochs = [], []
    for place, state in enumerate(states):
        if say:
            say(f"member {place + 1} of {len(states)}")
        own = None if folder is None else Path(folder) / MEMBERS / str(place)
        seeded = config.model_copy(update={"seed": member_seed(config.seed, place)})
        model, history = _train(seeded, network, histories, folder=own, state=state, **options)
        if own is not None:
            own.mkdir(parents=True, exist_ok=True)
            write_history(history, own / "history.csv")
        members.append(model)
        epochs.append(history)
    return build_ensemble(members=members, output_names=["mean_scores"]), mean_history(epochs)


def _train(
    config: RecommenderConfig,
    network: Network,
    histories: csr_matrix,
    *,
    score: Score,
    folder: str | Path | None,
    callbacks: Sequence[Any],
    say: Say | None,
    state: State | None,
) -> tuple[keras.Model, History]:
    training = config.training
    model = build_recommender(network, histories.shape[1], config.seed)
    if isinstance(network, AutoRecConfig):  # else hundreds of updates would only find the mean rating
        model.get_layer("scores").bias.assign(np.full(histories.shape[1], histories.data.mean(), np.float32))
    sampled = _sampled(config, network, histories.shape[1])
    model.compile(optimizer=_optimizer(training.optimizer, lazy=sampled is not None), jit_compile=False)
    if say:
        say(_plan(config, histories, sampled))
    own = build_callbacks(epochs=training.epochs, folder=folder, **training.callbacks.model_dump())
    averaged = [WeightAverage(training.average)] if training.average else []
    watched = [*averaged, *own, *callbacks, keras.callbacks.History()]
    history = fit_histories(
        model,
        histories,
        loss="masked_mse" if isinstance(network, AutoRecConfig) else "multinomial",
        epochs=training.epochs,
        batch_size=training.batch_size,
        shuffle=training.shuffle,
        seed=config.seed,
        callbacks=watched if folder is None else [*watched, Resume(folder, watched, state)],
        initial_epoch=0 if state is None else training.epochs if state["stopped"] else int(state["epochs"]),
        validate=lambda: score(model),
        sampled_items=sampled,
    )
    return model, history


def _sampled(config: RecommenderConfig, network: Network, items: int) -> int | None:
    """How many items an update draws; None for the softmax over all, and for ratings, which have none."""
    training = config.training
    if isinstance(network, AutoRecConfig) or items <= training.full_softmax_items:
        return None
    if network.l2:
        raise ConfigError(f"model.l2: expected 0 for {items:,} items, as the sampled softmax touches some rows only. "
                          f"Received: {network.l2:g}.")  # fmt: skip
    if getattr(network, "tied", False):
        raise ConfigError(f"model.tied: expected false for {items:,} items, beyond training.full_softmax_items. "
                          "Received: true.")  # fmt: skip
    if training.optimizer["kind"] not in LAZY:
        expected = f"{' or '.join(LAZY)} for {items:,} items, beyond training.full_softmax_items"
        raise ConfigError(f"training.optimizer.kind: expected {expected}. Received: {training.optimizer['kind']!r}.")
    return training.sampled_items


def _optimizer(options: Mapping[str, Any], *, lazy: bool) -> Any:
    given = {"name": options["kind"], **options}
    try:
        if not lazy:
            return construct("optimizers", given)
        given.pop("kind")
        return LAZY[options["kind"]](**given)
    except (ValueError, TypeError) as error:
        expected = "training.optimizer: expected arguments that Keras takes"
        raise ConfigError(f"{expected}. Received: {dict(options)!r}: {error}") from error


def _plan(config: RecommenderConfig, histories: csr_matrix, sampled: int | None) -> str:
    training, watch = config.training, config.training.callbacks
    rows = histories.shape[0]
    count = updates(rows, training.batch_size, training.epochs)
    line = f"{rows:,} rows x {histories.shape[1]:,} columns, {histories.nnz:,} values, "
    line += f"in batches of {training.batch_size} for at most {training.epochs} epochs: {count:,} updates"
    line += f"; callbacks watch {watch.monitor} ({watch.mode})"
    return f"{line}; sampled softmax, {sampled:,} items a step beside those of its users" if sampled else line

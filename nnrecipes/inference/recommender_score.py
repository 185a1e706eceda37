"""A trained recommender and the test users -> metrics, lists and plots in the run folder."""

import io
from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
import pandas as pd

from nnrecipes.config.recommender import RecommenderConfig
from nnrecipes.config.recommender_model import AutoRecConfig, BlendConfig
from nnrecipes.data.interaction_split import InteractionSets
from nnrecipes.data.interactions import Interactions
from nnrecipes.data.spec import Array
from nnrecipes.evaluation.ranking_report import PART, score_lists, validation_figures
from nnrecipes.evaluation.report import write_figures
from nnrecipes.evaluation.rivals import fit_rivals
from nnrecipes.evaluation.top_k import hits
from nnrecipes.inference.ratings import score_ratings, validation_rmse
from nnrecipes.preprocessing.histories import FoldIn, PreparedHistories
from nnrecipes.runs.files import replacing, write_json, write_text
from nnrecipes.runs.layout import RunFolder
from nnrecipes.training.top_items import Ranker

Score = Callable[[keras.Model], Mapping[str, float]]


def validation_score(config: RecommenderConfig, prepared: PreparedHistories) -> Score:
    """Return what gives a model's figures on the validation set; programs are compiled once a model."""
    if isinstance(config.model, AutoRecConfig):
        return validation_rmse(config.model, prepared)
    rankers: dict[int, Ranker] = {}
    rows: FoldIn = prepared.validation

    def score(model: keras.Model) -> Mapping[str, float]:
        if not len(rows):
            return {}
        ranker = rankers.setdefault(id(model), Ranker(model))
        return validation_figures(ranker.top(rows.history, 100, exclude=rows.history)[0], rows)

    return score


def score_recommender(
    model: keras.Model,
    config: RecommenderConfig,
    prepared: PreparedHistories,
    history: Mapping[str, list[float]],
    folder: RunFolder,
) -> list[str]:
    """Recommend to the test users, once; write what follows and return what had to be left out and why.

    ``predictions.csv`` has a line a place of a list (user, rank, item, score, whether it was to be found),
    ``users.csv`` a line a user with its metrics.
    """
    write_json(folder.advice, [])
    if isinstance(config.model, AutoRecConfig):
        scores = score_ratings(model, config, prepared, folder)
        notices: list[str] = []
    else:
        scores, notices = _score_ranking(model, config, prepared, folder)
    write_json(folder.metrics, scores)
    if config.evaluation.plots:
        from nnrecipes.evaluation.plots.graph import plot_graph
        from nnrecipes.evaluation.plots.history import plot_history
        from nnrecipes.evaluation.plots.ranking import plot_ranking

        figures = {"model.png": plot_graph(model)}
        if history:
            figures["history.png"] = plot_history(history, monitor=config.training.callbacks.monitor)
        if "ranking" in scores:
            figures["ranking.png"] = plot_ranking(scores["ranking"])
        write_figures(figures, folder.plots)
    return notices


def write_split(log: Interactions, sets: InteractionSets, folder: RunFolder) -> None:
    """Write ``split.npz``: row numbers of the file, for each set."""
    parts = {"train": sets.train, "validation_history": sets.validation.history, "validation": sets.validation.held_out,
             "test_history": sets.test.history, "test": sets.test.held_out}  # fmt: skip
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **{name: log.rows[rows] for name, rows in parts.items()})
    with replacing(folder.path / "split.npz") as aside:
        aside.write_bytes(buffer.getvalue())


def _score_ranking(
    model: keras.Model, config: RecommenderConfig, prepared: PreparedHistories, folder: RunFolder
) -> tuple[dict[str, Any], list[str]]:
    settings, vocabulary, test = config.evaluation, prepared.vocabulary, prepared.test
    cutoffs = tuple(sorted(settings.k))
    lists, scores = Ranker(model).top(test.history, cutoffs[-1], exclude=test.history)
    rivals: dict[str, Array] = {}
    notices: list[str] = []
    if settings.baselines:
        rivals, notices = fit_rivals(vocabulary.histories, vocabulary.counts, prepared.validation, test, cutoffs[-1])
        if isinstance(config.model, BlendConfig):
            network = next(part for part in model.layers if isinstance(part, keras.Model) and part.name != "ease")
            rivals[PART] = Ranker(network).top(test.history, cutoffs[-1], exclude=test.history)[0]
    scored, each = score_lists(lists, test, vocabulary.counts, len(vocabulary.users), rivals=rivals,
                               kind=config.model.kind, cutoffs=cutoffs, confidence=settings.confidence,
                               resamples=settings.bootstrap, seed=config.seed)  # fmt: skip
    _write_lists(lists, scores, test, vocabulary.items, folder)
    users = pd.DataFrame({"user": test.users, "to_find": np.diff(test.held_out.indptr) + test.unknown, **each})
    write_text(folder.path / "users.csv", users.to_csv(index=False))
    return {"ranking": scored}, notices


def _write_lists(lists: Array, scores: Array, test: FoldIn, items: Array, folder: RunFolder) -> None:
    filled = lists >= 0
    row, place = np.nonzero(filled)
    frame = pd.DataFrame({"user": test.users[row], "rank": place + 1, "item": items[lists[filled]],
                          "score": scores[filled], "found": hits(lists, test.held_out)[filled] * 1})  # fmt: skip
    write_text(folder.predictions, frame.to_csv(index=False))

"""An AutoRec and ratings to predict -> predictions in stars, their RMSE beside the biased mean's, one verdict."""

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
import pandas as pd

from nnrecipes.config.recommender import RecommenderConfig
from nnrecipes.config.recommender_model import AutoRecConfig
from nnrecipes.data.spec import Array
from nnrecipes.evaluation.top_k import with_intervals
from nnrecipes.preprocessing.histories import PreparedHistories, RatingRows, Vocabulary
from nnrecipes.preprocessing.rating_bias import RatingBias, fit_rating_bias, network_rows
from nnrecipes.runs.files import write_text
from nnrecipes.runs.layout import RunFolder
from nnrecipes.training.top_items import Ranker

BLOCK = 512  # rows of the network a step


class RatingPredictor:
    """Ratings of pairs of user and item, by an AutoRec and the biases of its training ratings.

    Args:
        model: The network.
        config: Its section of the recipe.
        vocabulary: With the training ratings.
    """

    def __init__(self, model: keras.Model, config: AutoRecConfig, vocabulary: Vocabulary) -> None:
        self.config = config
        self.bias: RatingBias = fit_rating_bias(vocabulary.histories)
        self.rows = network_rows(vocabulary, config.based, self.bias if config.residuals else None)
        self._ranker = Ranker(model, block=BLOCK)

    def predict(self, user: Array, item: Array) -> Array:
        """Return float64 ratings ``(pairs,)`` within the range of training's; -1 codes get the biased mean.

        Args:
            user: Codes of users, ``(pairs,)``.
            item: Codes of items, ``(pairs,)``.
        """
        row, column = (item, user) if self.config.based == "item" else (user, item)
        result = self.bias.predict(user, item)
        known = np.flatnonzero((user >= 0) & (item >= 0))
        known = known[np.argsort(row[known], kind="stable")]
        wanted = np.unique(row[known])
        for start in range(0, len(wanted), BLOCK):
            part = wanted[start : start + BLOCK]
            inside = known[np.searchsorted(row[known], part[0]) : np.searchsorted(row[known], part[-1], "right")]
            scores = self._ranker.scores(self.rows[part])[np.searchsorted(part, row[inside]), column[inside]]
            result[inside] = scores + (result[inside] - self.bias.mean if self.config.residuals else 0.0)
        clipped: Array = np.clip(result, self.bias.low, self.bias.high)
        return clipped

    def row(self, user: int, items: int) -> Array:
        """Return one user's ratings of all items, ``(items,)``."""
        return self.predict(np.full(items, user), np.arange(items))


def validation_rmse(config: AutoRecConfig, prepared: PreparedHistories) -> Callable[[keras.Model], Mapping[str, float]]:
    """Return what gives a model's RMSE on the validation ratings."""
    predictors: dict[int, RatingPredictor] = {}
    rows: RatingRows = prepared.validation

    def score(model: keras.Model) -> Mapping[str, float]:
        if id(model) not in predictors:
            predictors[id(model)] = RatingPredictor(model, config, prepared.vocabulary)
        error = predictors[id(model)].predict(rows.user, rows.item) - rows.rating
        return {"val_rmse": float(np.sqrt(np.mean(error**2)))}

    return score


def score_ratings(
    model: keras.Model, config: RecommenderConfig, prepared: PreparedHistories, folder: RunFolder
) -> dict[str, Any]:
    """Predict the test ratings, once; write ``predictions.csv`` and return the scores as JSON."""
    section = config.model
    if not isinstance(section, AutoRecConfig):
        raise TypeError(f"expected an AutoRec. Received: {section.kind}")
    rows, settings = prepared.test, config.evaluation
    predictor = RatingPredictor(model, section, prepared.vocabulary)
    predicted, rival = predictor.predict(rows.user, rows.item), predictor.bias.predict(rows.user, rows.item)
    rival = np.clip(rival, predictor.bias.low, predictor.bias.high)
    options: dict[str, Any] = {"confidence": settings.confidence, "resamples": settings.bootstrap, "seed": config.seed}
    metrics = _metrics(predicted, rows.rating, **options)
    scored: dict[str, Any] = {"task": "rating", "rows": len(rows), "metrics": metrics}
    if settings.baselines:
        theirs = {name: value["value"] for name, value in _metrics(rival, rows.rating, **options).items()}
        scored["baselines"] = {"biases": theirs}
        scored["verdict"] = _verdict(predicted, rival, rows.rating, options)
    names = prepared.vocabulary
    frame = pd.DataFrame({
        "user": np.append(names.users, "")[rows.user], "item": np.append(names.items, "")[rows.item],
        "rating": rows.rating, "predicted": predicted,
    })  # fmt: skip
    write_text(folder.predictions, frame.to_csv(index=False))
    return {"rating": scored}


def _metrics(predicted: Array, rating: Array, **options: Any) -> dict[str, Any]:
    error = predicted - rating
    found = with_intervals({"rmse": error**2, "mae": np.abs(error)}, **options)
    found["rmse"] = {name: None if value is None else float(np.sqrt(value)) for name, value in found["rmse"].items()}
    return found


def _verdict(predicted: Array, rival: Array, rating: Array, options: Mapping[str, Any]) -> str:
    gain = with_intervals({"d": (predicted - rating) ** 2 - (rival - rating) ** 2}, **options)["d"]
    ours, other = (float(np.sqrt(np.mean((p - rating) ** 2))) for p in (predicted, rival))
    low, high = gain["low"] or 0.0, gain["high"] or 0.0
    word = "beats" if high < 0 else "loses to" if low > 0 else "is not clearly better or worse than"
    return f"rating: the model {word} the biases of users and items: RMSE {ours:.4f} against {other:.4f}."

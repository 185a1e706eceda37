"""A recommender's run as its users hold it: lists for users, histories, items like an item, and why."""

import sys
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from nnrecipes.config.load_recommender import LoadedRecommender, load_recommender
from nnrecipes.config.recommender import RecommenderConfig
from nnrecipes.config.recommender_model import AutoRecConfig
from nnrecipes.data.spec import Array
from nnrecipes.errors import DataError, RunError
from nnrecipes.inference.recommender_rows import (
    best,
    fill_cold,
    id_list,
    known_code,
    leave_one_out,
    list_frame,
    places,
    read_histories,
    unknown_notice,
)
from nnrecipes.inference.stored import StoredRun
from nnrecipes.preprocessing.histories import Vocabulary, encode_histories
from nnrecipes.runs.layout import RunFolder
from nnrecipes.training.startup import start_tensorflow

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from nnrecipes.inference.export.export import Exported
    from nnrecipes.inference.ratings import RatingPredictor
    from nnrecipes.training.top_items import Ranker

MEAN = "get the mean and the other's bias"
Ids = Sequence[object]


class RecommenderRun(StoredRun):
    """One finished run of a recommender's recipe.

    A new user is just a history: every verb that takes ``user`` takes ``history`` as well, and trains nothing.

    Args:
        folder: The run's folder.

    Attributes:
        folder: The paths of the run.
        config: The resolved recipe.
        vocabulary: Users, items, titles and histories of training.
        notices: After a call: ids that training did not have, and where popularity stood in for the model.
    """

    def __init__(self, folder: RunFolder) -> None:
        super().__init__(folder)
        self.notices: list[str] = []

    @cached_property
    def _loaded(self) -> LoadedRecommender:
        return load_recommender(self._whole(self.folder.config))

    @property
    def config(self) -> RecommenderConfig:
        """The resolved recipe."""
        return self._loaded.config

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Users, items, titles and histories of training."""
        return Vocabulary.load(self._whole(self.folder.preprocessor))

    def recommend(
        self,
        user: object = None,
        *,
        history: Ids | None = None,
        k: int = 10,
        exclude_seen: bool = True,
        allow: Ids | None = None,
        deny: Ids | None = None,
    ) -> pd.DataFrame:
        """Return the best items for a user of training, or for anybody with a history.

        Args:
            user: Id of a user of training.
            history: Ids of items, for a user that training did not have. Empty: the most popular items.
            k: Places of the list; fewer where no more items are left.
            exclude_seen: Whether items of the history are left out.
            allow: Ids of the only items that may stand in the list.
            deny: Ids of items that may not.

        Returns:
            ``rank``, ``item``, ``title`` (where the run has titles) and ``score``, best first.

        Raises:
            DataError: An id that training did not have, as a user, in ``allow`` or in ``deny``.
        """
        self.notices = []
        k = places(k, len(self.vocabulary.items))
        rows = self._history(user, history)
        mask = self._mask(allow, deny)
        lists, scores = self._top(rows, k, rows if exclude_seen else None, mask, user)
        return list_frame(self.vocabulary, lists[0], scores[0])

    def recommend_all(
        self,
        users: Ids | pd.DataFrame | None = None,
        *,
        k: int = 10,
        exclude_seen: bool = True,
        allow: Ids | None = None,
        deny: Ids | None = None,
        block: int = 4096,
    ) -> Iterator[pd.DataFrame]:
        """Yield the lists of many users, a block of users at a time: memory does not grow with their number.

        Args:
            users: Ids of users of training, all of them by default; or a table with the columns of users and items (as
                the recipe calls them, or ``user`` and ``item``), whose rows are the histories of anybody. With the
                column of ratings, rows below the recipe's ``min_rating`` are left out as in training.
            k: Places of a list.
            exclude_seen: Whether items of a history are left out.
            allow: Ids of the only items that may stand in any list.
            deny: Ids of items that may not.
            block: Users a block.

        Returns:
            Blocks with the columns ``user``, ``item``, ``rank``, ``score`` and, where there are any, ``title``.

        Raises:
            DataError: An id of a user that training did not have, or a table without the columns.
        """
        self.notices = []
        k, block = places(k, len(self.vocabulary.items)), places(block, 2**20, "block")
        mask = self._mask(allow, deny)
        names, rows = self._many(users)
        for start in range(0, len(names), block):
            part = rows[start : start + block]
            lists, scores = self._top(part, k, part if exclude_seen else None, mask, None)
            filled = lists >= 0
            row, place = np.nonzero(filled)
            users_of, items_of = names[start : start + block][row], self.vocabulary.items[lists[filled]]
            frame = pd.DataFrame({"user": users_of, "item": items_of, "rank": place + 1, "score": scores[filled]})
            if len(self.vocabulary.titles):
                frame["title"] = self.vocabulary.titles[lists[filled]]
            yield frame

    def save_lists(self, out: str | Path, users: Ids | pd.DataFrame | None = None, **options: Any) -> int:
        """Write the lists of many users to a file, a block of users at a time, and return the number of rows.

        Args:
            out: A name that ends in ``.csv``, ``.parquet`` or ``.json`` (an object a line); written aside and renamed.
            users: As in :meth:`recommend_all`, as are all further arguments.
            **options: Of :meth:`recommend_all`.

        Raises:
            DataError: Another ending, or what :meth:`recommend_all` refuses.
        """
        from nnrecipes.inference.write import ENDINGS, write_frames

        out = Path(out)
        if out.suffix not in ENDINGS:
            raise DataError(f"out: expected a name that ends in {' or '.join(ENDINGS)}. Received: {str(out)!r}.")
        return write_frames(self.recommend_all(users, **options), out, sys.stdout)

    def similar_items(self, item: object, *, k: int = 10, min_users: int = 1) -> pd.DataFrame:
        """Return the items most like an item: ``rank``, ``item``, ``title``, ``similarity`` (a cosine).

        Args:
            item: Its id.
            k: Places of the list.
            min_users: Items with fewer training users are left out: little is known of them.

        Raises:
            DataError: An id that training did not have.
        """
        self.notices = []
        k, code = places(k, len(self.vocabulary.items)), self._code(item, "items")
        vectors = self.item_vectors
        cosine = vectors @ vectors[code]
        cosine[self.vocabulary.counts < min_users] = -np.inf
        cosine[code] = -np.inf
        return list_frame(self.vocabulary, *best(cosine, k), name="similarity")

    def similar_users(self, user: object = None, *, history: Ids | None = None, k: int = 10) -> pd.DataFrame:
        """Return the users of training most like a user or a history: ``rank``, ``user``, ``similarity``.

        Raises:
            DataError: An id that training did not have.
        """
        self.notices = []
        k, rows = places(k, len(self.vocabulary.users)), self._history(user, history)
        if user is not None:
            code = self._code(user, "users")
            cosine = self.user_vectors @ self.user_vectors[code]
            cosine[code] = -np.inf
        else:
            self._only_ranking("similar_users")
            model = self.model
            from nnrecipes.inference.codes import history_vectors

            cosine = self.user_vectors @ history_vectors(model, rows, self.vocabulary.counts)[0]
        codes, values = best(cosine, k)
        kept = codes >= 0
        ranks = np.arange(1, kept.sum() + 1)
        return pd.DataFrame({"rank": ranks, "user": self.vocabulary.users[codes[kept]], "similarity": values[kept]})

    def explain(
        self, item: object, *, user: object = None, history: Ids | None = None, k: int | None = None
    ) -> pd.DataFrame:
        """Return which of the history's items raised an item: its score less that without the one item.

        Args:
            item: Id of the item that is to be explained.
            user: Id of a user of training.
            history: Ids of items in place of a user.
            k: How many of the history's items, all by default.

        Returns:
            ``item``, ``title`` and ``contribution``, the greatest first, in units of the model's score.

        Raises:
            DataError: An id that training did not have, or an empty history.
        """
        self.notices = []
        self._only_ranking("explain")
        rows, code = self._history(user, history), self._code(item, "items")
        if not rows.nnz:
            raise DataError("explain: expected a history with an item of training. Received: none.")
        k = rows.nnz if k is None else places(k, rows.nnz)
        change = leave_one_out(self._ranker.scores, rows, code)
        order = np.argsort(-change, kind="stable")[:k]
        frame = pd.DataFrame({"item": self.vocabulary.items[rows.indices[order]], "contribution": change[order]})
        if len(self.vocabulary.titles):
            frame.insert(1, "title", self.vocabulary.titles[rows.indices[order]])
        return frame

    def predict_rating(self, users: Ids, items: Ids) -> Array:
        """Return an AutoRec's rating of each pair, float64 ``(pairs,)``; ids that training did not have get the biases.

        Raises:
            RunError: The run's model ranks items and predicts no ratings.
            DataError: There are not as many users as items.
        """
        self.notices = []
        predictor = self._ratings
        users, items = id_list(users, "users", "user"), id_list(items, "items", "item")
        if len(users) != len(items):
            raise DataError(f"items: expected {len(users):,} items, one a user. Received: {len(items):,}.")
        user, item = self.vocabulary.codes(users, "users"), self.vocabulary.codes(items)
        self._note([str(name) for name, code in zip(users, user, strict=True) if code < 0], "users", MEAN)
        self._note([str(name) for name, code in zip(items, item, strict=True) if code < 0], "items", MEAN)
        return predictor.predict(user, item)

    def scores(self, histories: csr_matrix) -> Array:
        """Return the model's score of each item, float32 ``(users, items)``; popularity of users without a history."""
        found = self._ranker.scores(histories)
        cold = np.diff(histories.indptr) == 0
        found[cold] = (self.vocabulary.counts / len(self.vocabulary.users)).astype(np.float32)
        return found

    def top(self, histories: csr_matrix, k: int) -> tuple[Array, Array]:
        """Return codes and scores of the best items of each history, without its own, ``(users, k)``."""
        return self._top(histories, k, histories, None, None)

    def export(self, to: str = "keras", out: str | Path | None = None) -> "Exported":
        """Write one file that takes histories of item ids and gives scores and the best items; as :meth:`Run.export`.

        Raises:
            RunError: An AutoRec, which predicts ratings.
        """
        from nnrecipes.inference.export.export import export
        from nnrecipes.inference.export.recommender_subject import RecommenderSubject

        return export(RecommenderSubject(self), to, out)

    def plot_history(self) -> "Figure":
        """Loss and validation figures of each epoch."""
        from nnrecipes.evaluation.plots.history import plot_history

        return plot_history(self.history, monitor=self.config.training.callbacks.monitor)

    def plot_ranking(self) -> "Figure":
        """The test users' figures beside those of popularity, item-kNN and EASE."""
        from nnrecipes.evaluation.plots.ranking import plot_ranking

        return plot_ranking(self.metrics["ranking"])

    @cached_property
    def item_vectors(self) -> Array:
        """A vector of length 1 an item, float32 ``(items, length)``: see :mod:`nnrecipes.inference.codes`."""
        model = self.model
        from nnrecipes.inference.codes import item_vectors

        return item_vectors(model, self.vocabulary, self._autorec)

    @cached_property
    def user_vectors(self) -> Array:
        """A vector of length 1 a training user."""
        model = self.model
        from nnrecipes.inference.codes import user_vectors

        return user_vectors(model, self.vocabulary, self._autorec)

    @cached_property
    def _ranker(self) -> "Ranker":
        start_tensorflow()
        from nnrecipes.training.top_items import Ranker

        return Ranker(self.model)

    @cached_property
    def _ratings(self) -> "RatingPredictor":
        start_tensorflow()
        from nnrecipes.inference.ratings import RatingPredictor

        if self._autorec is None:
            kind = self.config.model.kind
            raise RunError(f"{self.path}: expected a run of autorec for ratings. Received: {kind}, which ranks items.")
        return RatingPredictor(self.model, self._autorec, self.vocabulary)

    @property
    def _autorec(self) -> AutoRecConfig | None:
        return self.config.model if isinstance(self.config.model, AutoRecConfig) else None

    def _top(
        self, rows: csr_matrix, k: int, seen: csr_matrix | None, mask: Array | None, user: object
    ) -> tuple[Array, Array]:
        """The lists of some users; popularity for those without a history."""
        if self._autorec is not None:
            return self._rated(rows, k, seen, mask, user)
        lists, scores = self._ranker.top(rows, k, exclude=seen, allowed=mask)
        self.notices += fill_cold(lists, scores, rows, self.vocabulary, mask)
        return lists, scores

    def _rated(
        self, rows: csr_matrix, k: int, seen: csr_matrix | None, mask: Array | None, user: object
    ) -> tuple[Array, Array]:
        if user is None:
            expected = f"{self.path}: expected a user of training, as autorec predicts from ratings"
            raise RunError(f"{expected}. Received: histories without ratings.")
        scores = self._ratings.row(self._code(user, "users"), len(self.vocabulary.items))
        if mask is not None:
            scores[~mask] = -np.inf
        if seen is not None:
            scores[rows.indices] = -np.inf
        codes, values = best(scores, k)
        return codes[None], values[None]

    def _history(self, user: object, history: Ids | None) -> csr_matrix:
        if (user is None) == (history is None):
            received = "neither" if user is None else "both"
            raise DataError(f"recommend: expected a user of training or a history. Received: {received}.")
        if history is None:
            return self.vocabulary.histories[self._code(user, "users")]
        names = id_list(history, "history", "item")
        rows, unknown = encode_histories(self.vocabulary, np.zeros(len(names), np.int64), names, 1)
        self._note(unknown, "items")
        return rows

    def _many(self, users: Ids | pd.DataFrame | None) -> tuple[Array, csr_matrix]:
        vocabulary = self.vocabulary
        if users is None:
            return vocabulary.users, vocabulary.histories
        if not isinstance(users, pd.DataFrame):
            codes = np.array([self._code(user, "users") for user in id_list(users, "users", "user")], dtype=np.int64)
            return vocabulary.users[codes], vocabulary.histories[codes]
        names, rows, unknown = read_histories(users, vocabulary, self.config.data.interactions)
        self._note(unknown, "items")
        return names, rows

    def _mask(self, allow: Ids | None, deny: Ids | None) -> Array | None:
        if allow is None and deny is None:
            return None
        mask = np.full(len(self.vocabulary.items), allow is None)
        for names, what, there in ((allow, "allow", True), (deny, "deny", False)):
            given = [] if names is None else id_list(names, what, "item")
            mask[[self._code(item, "items", what) for item in given]] = there
        return mask

    def _code(self, name: object, of: str, where: str = "") -> int:
        return known_code(self.vocabulary, name, of, where)

    def _note(self, unknown: Sequence[str], of: str, so: str = "are left out") -> None:
        self.notices += [unknown_notice(unknown, of, so)] if unknown else []

    def _only_ranking(self, verb: str) -> None:
        if self._autorec is not None:
            raise RunError(f"{self.path}: {verb}: expected a run that ranks items. Received: autorec, which predicts "
                           "ratings.")  # fmt: skip

"""A recommender's run as something to export: a history of item ids in, scores of all items and the best ones out."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from nnrecipes.data.spec import Array, derive_seed
from nnrecipes.errors import RunError
from nnrecipes.inference.export.names import LABEL
from nnrecipes.inference.export.parity import Expected
from nnrecipes.inference.export.probe import ROWS
from nnrecipes.inference.export.schema import FORMAT
from nnrecipes.preprocessing.histories import encode_histories

if TYPE_CHECKING:
    from nnrecipes.inference.export.core import Core
    from nnrecipes.inference.recommender import RecommenderRun

PLACES = 50
"""Length of the list of the best items."""
LONGEST = 30
"""Items of the longest history that an export is tried on."""


class RecommenderSubject:
    """A run of a recommender's recipe.

    Args:
        run: The run.
    """

    def __init__(self, run: "RecommenderRun") -> None:
        self.run = run
        self.folder = run.path
        self.recipe = run.folder.recipe

    def obstacle(self, to: str) -> str | None:
        """A model of ratings has no answer for a history."""
        if self.run.config.model.kind == "autorec":
            return (f"expected a model that ranks by histories (mult_dae, mult_vae, ease, item_knn, blend) for {to}. "
                    "Received: a run of autorec, which predicts ratings.")  # fmt: skip
        return None

    @property
    def places(self) -> int:
        """Length of the list."""
        return min(PLACES, len(self.run.vocabulary.items))

    def core(self, *, packed: bool = False) -> "Core":
        """Return the core.

        Raises:
            RunError: It is asked for packed, of which a recommender has no use.
        """
        if packed:
            raise RunError("serving: expected a run of rows. Received: a recommender's.")
        model = self.run.model
        from nnrecipes.inference.export.recommender_core import recommender_core

        return recommender_core(model, self.run.vocabulary, self.places)

    def schema(self) -> dict[str, Any]:
        """Return what rows and answers are."""
        items = list(map(str, self.run.vocabulary.items))
        history = {"name": "history", "kind": "category", "dtype": "string", "shape": [None], "any_size": False,
                   "required": False, "missing": None, "range": None, "exact": False, "categories": items}  # fmt: skip
        plain: dict[str, Any] = {"classes": [], "quantiles": [], "threshold": None, "calibration": "none"}
        return {
            "format": FORMAT, "recipe": self.recipe, "run": self.run.folder.id, "kind": "recommender",
            "columns": [{"name": "history", "type": "history", "inputs": ["history"]}], "date_parts": [],
            "inputs": [history], "texts": {},
            "outputs": [
                {"name": "scores", "task": "ranking", "shape": [len(items)], "label": None,
                 "about": "a score of each item, in the order of the categories of history", **plain},
                {"name": "recommended", "task": "ranking", "shape": [self.places], "label": f"recommended{LABEL}",
                 "about": "scores of the best items that are not in the history, best first", **plain},
            ],
        }  # fmt: skip

    def probe(self) -> tuple[list[dict[str, Array]], Mapping[str, Expected]]:
        """Return histories, and what a file has to answer."""
        items = self.run.vocabulary.items
        rng = np.random.default_rng(derive_seed(0, "probe"))
        histories = [rng.choice(items, rng.integers(0, min(LONGEST, len(items)) + 1)).tolist() for _ in range(ROWS)]
        for row in range(0, ROWS, 7):
            histories[row] = [*histories[row][: LONGEST - 1], "an item that training never had"]
        histories[0] = []
        given = np.full((ROWS, LONGEST), "", dtype=object)
        for row, history in enumerate(histories):
            given[row, : len(history)] = history
        return [{"history": given.astype(str)}], self._expected(histories)

    def packed_probe(self) -> tuple[dict[str, Array], Mapping[str, Expected]]:
        """Refuse: there is nothing packed."""
        raise RunError("serving: expected a run of rows. Received: a recommender's.")

    def story(self) -> dict[str, Any]:
        """Return what a model card tells."""
        return {"metrics": self.run.metrics, "provenance": self.run.provenance,
                "parameters": int(self.run.model.count_params())}  # fmt: skip

    def _expected(self, histories: list[list[str]]) -> dict[str, Expected]:
        users = np.repeat(np.arange(len(histories)), [len(history) for history in histories])
        names = [name for history in histories for name in history]
        rows, _ = encode_histories(self.run.vocabulary, users, names, len(histories))
        scores = self.run.scores(rows).astype(np.float64)
        lists, best = self.run.top(rows, self.places)
        found = np.where(lists >= 0, best, np.nan).astype(np.float64)
        labels = np.where(lists >= 0, self.run.vocabulary.items[lists], "").reshape(-1)
        gaps = np.abs(np.diff(np.nan_to_num(best.astype(np.float64), neginf=-1e9), axis=1))
        gaps = np.concatenate([np.full((len(gaps), 1), np.inf), gaps, np.zeros((len(gaps), 1))], axis=1)
        margin = np.minimum(gaps[:, :-1], gaps[:, 1:]).reshape(-1)  # the last place may be any of its equals
        unit = float(scores.std()) or 1.0
        return {"scores": Expected(scores, unit), "recommended": Expected(found, unit, labels, margin)}

"""A run's folder -> what a server needs of it: its name, its engine, and what it says of itself."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnrecipes.errors import RunError
from nnrecipes.inference.export.column import Column
from nnrecipes.inference.serving_file import open_predictor
from nnrecipes.runs.find import find_run
from nnrecipes.runs.integrity import read_provenance
from nnrecipes.runs.layout import RunFolder
from nnrecipes.serving.describe import answers_of, fields_of
from nnrecipes.serving.fields import Answer, described, typical
from nnrecipes.serving.predictors import Predictor

if TYPE_CHECKING:
    from nnrecipes.inference.recommender import RecommenderRun
    from nnrecipes.serving.requests import Recommend, Similar


@dataclass(frozen=True)
class ServedRun:
    """A run with targets.

    Args:
        run_id: Its folder's name.
        recipe: Its recipe.
        predictor: What answers.
        fields: The keys of a row.
        answers: The targets.
    """

    run_id: str
    recipe: str
    predictor: Predictor
    fields: tuple[Column, ...]
    answers: tuple[Answer, ...]

    @property
    def engine(self) -> str:
        """What answers: ``onnxruntime`` or ``tensorflow``."""
        return self.predictor.backend

    def schema(self) -> dict[str, Any]:
        """What ``/schema`` says, and what the page is made from."""
        return {"kind": "network", "recipe": self.recipe, "run": self.run_id, "engine": self.engine,
                "fields": [described(field) for field in self.fields],
                "answers": [answer.to_dict() for answer in self.answers]}  # fmt: skip


@dataclass(frozen=True)
class ServedRecommender:
    """A recommender's run, whose network TensorFlow runs.

    Args:
        run_id: Its folder's name.
        recipe: Its recipe.
        run: The run.
    """

    run_id: str
    recipe: str
    run: "RecommenderRun"
    engine: str = "tensorflow"

    def schema(self) -> dict[str, Any]:
        """What ``/schema`` says, and what the page is made from."""
        vocabulary = self.run.vocabulary
        return {"kind": "recommender", "recipe": self.recipe, "run": self.run_id, "engine": self.engine,
                "users": len(vocabulary.users), "items": len(vocabulary.items),
                "titles": bool(len(vocabulary.titles))}  # fmt: skip

    def recommend(self, asked: "Recommend") -> dict[str, Any]:
        """The list of ``/recommend``."""
        found = self.run.recommend(asked.user, history=asked.history, k=asked.k, exclude_seen=asked.exclude_seen,
                                   allow=asked.allow, deny=asked.deny)  # fmt: skip
        return {"items": found.to_dict("records"), "notices": list(self.run.notices)}

    def similar(self, asked: "Similar") -> dict[str, Any]:
        """The list of ``/similar``."""
        if asked.item is not None:
            items = self.run.similar_items(asked.item, k=asked.k, min_users=asked.min_users)
            return {"items": items.to_dict("records"), "notices": list(self.run.notices)}
        users = self.run.similar_users(asked.user, history=asked.history, k=asked.k)
        return {"users": users.to_dict("records"), "notices": list(self.run.notices)}

    def find_items(self, part: str, limit: int) -> list[dict[str, Any]]:
        """Items whose title or id has ``part`` in it, those with most users first."""
        found, word = [], part.casefold().strip()
        for item, title in self._by_users:
            if word in title.casefold() or word == item.casefold():
                found.append({"item": item, "title": title})
                if len(found) == limit:
                    break
        return found

    @cached_property
    def _by_users(self) -> list[tuple[str, str]]:
        vocabulary = self.run.vocabulary
        titles = vocabulary.titles if len(vocabulary.titles) else vocabulary.items
        order = (-vocabulary.counts).argsort(kind="stable")
        return [(str(vocabulary.items[place]), str(titles[place])) for place in order]


def load_served(name: str | Path, runs_dir: str | Path | None = None) -> ServedRun | ServedRecommender:
    """Load a run, ready to answer.

    Args:
        name: A run's folder, the beginning of its id, or ``latest``.
        runs_dir: The folder of all runs.

    Raises:
        RunError: There is no such run, or it is of a kind that has no server.
    """
    folder = find_run(name, runs_dir)
    match read_provenance(folder).get("kind", "network"):
        case "network":
            return _served_run(folder)
        case "recommender":
            from nnrecipes.inference.recommender import RecommenderRun
            from nnrecipes.serving.requests import Recommend

            served = ServedRecommender(folder.id, folder.recipe, RecommenderRun(folder))
            served.recommend(Recommend(history=[]))
            return served
        case kind:
            raise RunError(f"{folder.path}: expected a run of a recipe with targets, or a recommender's. Received: "
                           f"an {kind}'s, whose commands are encode, denoise, anomaly and nearest.")  # fmt: skip


def _served_run(folder: RunFolder) -> ServedRun:
    """Take the run's own file where there is one, which needs no TensorFlow, and try it."""
    predictor = open_predictor(folder)
    if predictor is None:
        from nnrecipes.inference.run import Run

        predictor = Run(folder).predictor
    fields = fields_of(predictor.schema)
    predictor.predict_rows([{field.name: typical(field) for field in fields}])
    return ServedRun(folder.id, folder.recipe, predictor, fields, answers_of(predictor.schema))

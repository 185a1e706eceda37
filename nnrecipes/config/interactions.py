"""The ``data`` section of a recommender's recipe: who did what with which item, and how that is split."""

from typing import Annotated, Literal

from pydantic import Field, Tag

from nnrecipes.config.base import FilePath, PositiveInt, Section, kind_or
from nnrecipes.config.data import ArraysSource, ParquetSource, Share


class LogSource(Section):
    """A CSV file with a row an interaction (or a row an item).

    ``names`` are the columns of a file that has no header; ``delimiter`` may have several characters (``"::"``).
    """

    kind: Literal["csv"] = "csv"
    path: FilePath
    delimiter: Annotated[str, Field(min_length=1, max_length=3)] = ","
    encoding: str = "utf-8"
    names: Annotated[tuple[str, ...], Field(min_length=1)] | None = None


InteractionSource = Annotated[LogSource | ParquetSource | ArraysSource, Field(discriminator="kind")]


class InteractionsConfig(Section):
    """Columns and filters of the interactions.

    With ``rating``, rows below ``min_rating`` are no positive interaction and are left out; AutoRec keeps all ratings.
    Of a pair of user and item that comes twice, the latest row counts (by ``time``), else the best rated. Items with
    fewer than ``min_item_users`` users are left out first, then users with fewer than ``min_user_items`` items.
    """

    source: InteractionSource
    user: str = "user"
    item: str = "item"
    rating: str | None = None
    time: str | None = None
    min_rating: float | None = None
    min_user_items: PositiveInt = 1
    min_item_users: PositiveInt = 1


class ItemsConfig(Section):
    """A table of items: their ``title`` is shown with each recommendation."""

    source: Annotated[LogSource | ParquetSource, Field(discriminator="kind")]
    item: str = "item"
    title: str = "title"


class StrongSplit(Section):
    """Strong generalisation: users at random, ``test`` first, then ``validation`` of the rest.

    Of a held-out user's items the share ``fold_in`` is the history that the model is given; the others are to be found.
    ``validation: 0`` trains on all users but the test's, where epochs, settings and a blend's weight are chosen.
    """

    kind: Literal["strong"] = "strong"
    test: Share = 0.1
    validation: Share | Literal[0] = 0.1
    fold_in: Annotated[float, Field(gt=0, lt=1)] = 0.8


class WeakSplit(Section):
    """Weak generalisation: of every user with three items or more, shares of the items at random."""

    kind: Literal["weak"] = "weak"
    test: Annotated[float, Field(gt=0, lt=1)] = 0.1
    validation: Annotated[float, Field(gt=0, lt=1)] = 0.1


class LatestSplit(Section):
    """By time: the newest interactions are the test, those before them the validation set; moments are not cut.

    A user's history is what came before; users without any are counted and left out of the scores.
    """

    kind: Literal["time"] = "time"
    test: Annotated[float, Field(gt=0, lt=1)] = 0.1
    validation: Annotated[float, Field(gt=0, lt=1)] = 0.1


class RatingsSplit(Section):
    """Rating prediction: ratings at random, ``test`` first, then ``validation`` of the rest."""

    kind: Literal["ratings"] = "ratings"
    test: Annotated[float, Field(gt=0, lt=1)] = 0.1
    validation: Annotated[float, Field(gt=0, lt=1)] = 0.1


InteractionSplit = Annotated[
    Annotated[StrongSplit, Tag("strong")]
    | Annotated[WeakSplit, Tag("weak")]
    | Annotated[LatestSplit, Tag("time")]
    | Annotated[RatingsSplit, Tag("ratings")],
    kind_or("strong"),
]


class InteractionDataConfig(Section):
    """Interactions, a table of items where there is one, and the split."""

    interactions: InteractionsConfig
    items: ItemsConfig | None = None
    split: InteractionSplit = StrongSplit()

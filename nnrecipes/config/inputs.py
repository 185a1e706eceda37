"""The ``inputs`` section: which columns reach which named input of the network, and in what form."""

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, Tag

from nnrecipes.config.base import FilePath, PositiveInt, Section, kind_or

InputKind = Literal["tabular", "categorical", "image", "text", "series"]
RANGE = re.compile(r"(.*)\{(\d+)\.\.(\d+)\}(.*)")


def spell_out(columns: Any) -> Any:
    """Write ranges of column names out.

    Example:
        >>> spell_out(["label", "t{8..10}"])
        ('label', 't8', 't9', 't10')
    """
    if not isinstance(columns, list | tuple):
        return columns
    return tuple(name for column in columns for name in _range(column))


def _range(column: Any) -> list[Any]:
    found = RANGE.fullmatch(column) if isinstance(column, str) else None
    if found is None:
        return [column]
    before, first, last, after = found.groups()
    return [f"{before}{number}{after}" for number in range(int(first), int(last) + 1)]


Columns = Annotated[tuple[str, ...], Field(min_length=1), BeforeValidator(spell_out)]
"""Names of columns; ``t{0..139}`` stands for 140 of them."""


class TabularInput(Section):
    """A float matrix ``(rows, features)``: scaled numbers beside encoded categories."""

    kind: Literal["tabular"] = "tabular"
    columns: Columns


class CategoricalInput(Section):
    """An integer matrix ``(rows, columns)`` of category codes for embeddings; code 0 is an unseen or missing one."""

    kind: Literal["categorical"] = "categorical"
    columns: Columns


class ImageInput(Section):
    """Pixels 0 to 255, ``(rows, height, width, channels)``; of several columns ``(rows, columns, height, ...)``.

    A column holds paths (relative to ``folder``, a folder or a zip archive, else to the file with the rows), or the
    images themselves. They are resized to ``height`` x ``width`` pixels, which may be left out where all images have
    one size. ``channels`` is 1 where all images are grey, else 3. A missing image is black.
    """

    kind: Literal["image"] = "image"
    columns: Columns
    folder: FilePath | None = None
    height: PositiveInt | None = None
    width: PositiveInt | None = None
    channels: Literal[1, 3] | None = None


class TextInput(Section):
    """Texts by a vocabulary of the training rows; the texts of several columns are joined.

    ``tokens``: ids ``(rows, length)`` in reading order, 0 behind the end and 1 for an unknown token. ``tfidf``: the
    distinct tokens of a text with their TF-IDF weights. Texts become tokens as Keras' TextVectorization makes them, by
    its ``standardize``, ``split`` and ``ngrams``. The vocabulary has at most ``max_tokens`` entries, each at least
    ``min_count`` times in the training rows. ``length`` is that of the longest training text but for the longest 5 %.
    """

    kind: Literal["text"] = "text"
    columns: Columns
    form: Literal["tokens", "tfidf"] = "tokens"
    max_tokens: Annotated[int, Field(ge=3)] = 10_000
    min_count: PositiveInt = 1
    length: PositiveInt | None = None
    standardize: Literal["lower_and_strip_punctuation", "lower", "strip_punctuation", "none"] = (
        "lower_and_strip_punctuation"
    )
    split: Literal["whitespace", "character"] = "whitespace"
    ngrams: PositiveInt = 1


class SeriesInput(Section):
    """Steps ``(rows, length, channels + 1)``, of which the last channel is 1 where there is a step, else 0.

    Numeric columns are the steps of one channel. Columns that hold many values each (``0.5 0.7 0.1``) are a channel
    each; they may be of unequal length. ``length`` is that of the longest training row; what is longer is cut at its
    end. Each channel is scaled by its training rows.
    """

    kind: Literal["series"] = "series"
    columns: Columns
    length: PositiveInt | None = None
    scale: Literal["standard", "minmax", "robust", "none"] = "standard"


InputConfig = Annotated[
    Annotated[TabularInput, Tag("tabular")]
    | Annotated[CategoricalInput, Tag("categorical")]
    | Annotated[ImageInput, Tag("image")]
    | Annotated[TextInput, Tag("text")]
    | Annotated[SeriesInput, Tag("series")],
    kind_or("tabular"),
]

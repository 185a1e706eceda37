"""The ``inputs`` section: which columns reach which named input of the network, and in what form."""

from typing import Annotated, Literal

from pydantic import Field, Tag

from nnrecipes.config.base import Section, kind_or

Columns = Annotated[tuple[str, ...], Field(min_length=1)]


class TabularInput(Section):
    """A float matrix ``(rows, features)``: scaled numbers beside encoded categories."""

    kind: Literal["tabular"] = "tabular"
    columns: Columns


class CategoricalInput(Section):
    """An integer matrix ``(rows, columns)`` of category codes for embeddings; code 0 is an unseen or missing one."""

    kind: Literal["categorical"] = "categorical"
    columns: Columns


InputConfig = Annotated[
    Annotated[TabularInput, Tag("tabular")] | Annotated[CategoricalInput, Tag("categorical")], kind_or("tabular")
]

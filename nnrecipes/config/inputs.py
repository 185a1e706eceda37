"""The ``inputs`` section: which columns reach which named input of the network, and in what form."""

from typing import Annotated, Literal

from pydantic import Field

from nnrecipes.config.base import Section

Columns = Annotated[tuple[str, ...], Field(min_length=1)]


class TabularInput(Section):
    """A float matrix ``(rows, features)``: scaled numbers beside encoded categories."""

    kind: Literal["tabular"] = "tabular"
    columns: Columns


class CategoricalInput(Section):
    """An integer matrix ``(rows, columns)`` of category codes, for embeddings; code 0 is an unseen or missing category."""

    kind: Literal["categorical"] = "categorical"
    columns: Columns


InputConfig = Annotated[TabularInput | CategoricalInput, Field(discriminator="kind")]

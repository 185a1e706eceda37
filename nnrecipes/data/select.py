"""Guessed types to feature columns: which are used, which are left out, and why."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from nnrecipes.config.data import MEDIA, ColumnType
from nnrecipes.data.dates import part_names
from nnrecipes.data.infer import ColumnGuess


@dataclass(frozen=True)
class Selection:
    """The feature columns with their types, what the user should know, and what cannot be."""

    columns: dict[str, ColumnType]
    notices: list[str]
    problems: list[str]


def named_features(
    features: Sequence[str] | None, inputs: Sequence[str], columns: Sequence[str], date_parts: Sequence[str]
) -> tuple[str, ...] | None:
    """Return the raw columns that a recipe names as features, or ``None`` where it leaves the choice.

    Args:
        features: ``data.features``.
        inputs: The columns of all ``inputs``; they are the features where ``data.features`` is left out.
        columns: All raw columns.
        date_parts: The parts that date columns become; an input may name one.
    """
    if features is not None or not inputs:
        return tuple(features) if features is not None else None
    source = {part: column for column in columns for part in part_names(column, date_parts)}
    source |= {column: column for column in columns}
    return tuple(dict.fromkeys(source[name] for name in inputs if name in source))


def select_features(
    guesses: Mapping[str, ColumnGuess],
    *,
    named: Sequence[str] | None,
    exclude: Collection[str],
    dates: str,
    date_parts: Sequence[str],
    media: Collection[str] = (),
) -> Selection:
    """Choose the feature columns.

    Args:
        guesses: Column -> type and reason; targets are not among them.
        named: The columns that the recipe asks for; all of them by default.
        exclude: Columns that are left out unless they are named: ignored ones, the split's own.
        dates: ``parts`` or ``refuse``.
        date_parts: The parts that date columns become.
        media: Columns that an input takes as texts, images or series.
    """
    chosen = [name for name in guesses if (name in named if named is not None else name not in exclude)]
    columns: dict[str, ColumnType] = {}
    notices: list[str] = []
    problems: list[str] = []
    for name in chosen:
        guess = guesses[name]
        if guess.type == "date" and dates == "refuse":
            problems.append(f"data.dates: expected no date among the features. Received: {name!r} ({guess.reason}). "
                            f"List it under data.ignore, or set data.dates: parts.")  # fmt: skip
        elif guess.type not in ("identifier", *MEDIA) or name in media:
            columns[name] = guess.type
        elif named is not None:
            way = f"an input of kind {guess.type}" if guess.type in MEDIA else "a type under data.columns"
            problems.append(f"data.features: expected numbers, categories or dates. Received: {name!r}, "
                            f"{guess.type} ({guess.reason}). Give it {way}.")  # fmt: skip
        else:
            notices.append(_left_out(name, guess))
    problems += _collisions(columns, date_parts)
    if not columns and not problems:
        problems.append(" ".join(["data.features: expected a column that can be used. Received: none.", *notices]))
    return Selection(columns, notices, problems)


def _left_out(name: str, guess: ColumnGuess) -> str:
    if guess.type in MEDIA:
        advice = f"inputs: {{NAME: {{kind: {guess.type}, columns: [{name}]}}}} with model.kind: multimodal"
        return f"Column {name!r} is left out: {guess.type} ({guess.reason}). To use it: {advice}."
    advice = "" if guess.declared else f" To use it, set data.columns.{name}: numeric or categorical."
    return f"Column {name!r} is left out: it looks like an identifier ({guess.reason}).{advice}"


def _collisions(columns: Mapping[str, ColumnType], date_parts: Sequence[str]) -> list[str]:
    return [f"data.date_parts: expected names that no column has. Received: {part!r}, a part of {name!r} and a column."
            for name, kind in columns.items() if kind == "date"
            for part in part_names(name, date_parts) if part in columns]  # fmt: skip

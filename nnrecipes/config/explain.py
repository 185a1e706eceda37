"""pydantic's validation errors -> problems in the words of the recipe, one for each place."""

import typing
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from nnrecipes.config.problem import Key, Problem, shown
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.errors import did_you_mean

PLAIN = {
    "int_type": "an integer", "int_from_float": "an integer", "int_parsing": "an integer",
    "float_type": "a number", "string_type": "a string", "bool_type": "true or false",
    "tuple_type": "a list", "list_type": "a list", "dict_type": "a mapping", "model_type": "a section (a mapping)",
    "model_attributes_type": "a section (a mapping)", "none_required": "null", "finite_number": "a finite number",
}  # fmt: skip
BOUNDS = {"greater_than": ("gt", "above"), "greater_than_equal": ("ge", "of at least"), "less_than": ("lt", "below"),
          "less_than_equal": ("le", "of at most")}  # fmt: skip


def explain(error: ValidationError, values: Mapping[str, Any], root: type[BaseModel] = RecipeConfig) -> list[Problem]:
    """Return one problem a place; the alternatives of a union are joined by "or". ``root`` is the recipe's class."""
    merged: dict[Key, Problem] = {}
    deepest = [_problem(row, values, root) for row in error.errors(include_url=False)]
    for problem in deepest:
        same = merged.get(problem.key)
        if same is None:
            merged[problem.key] = problem
        elif problem.expected not in same.expected:
            merged[problem.key] = Problem(
                problem.key, f"{same.expected}, or {problem.expected}", same.received, same.hint or problem.hint
            )
    nested = {key for key in merged for other in merged if other != key and other[: len(key)] == key}
    return [problem for key, problem in merged.items() if key not in nested or not isinstance(_at(values, key), list)]


def _problem(row: Any, values: Mapping[str, Any], root: type[BaseModel]) -> Problem:
    kind, context = row["type"], row.get("ctx", {})
    key = _without_tags(row["loc"], values, kind)
    received = shown(row.get("input"))
    if kind == "nnrecipes":
        tail = tuple(filter(None, str(context["key"]).split(".")))
        return Problem((*key, *tail), context["expected"], context["received"], context["hint"])
    if kind == "extra_forbidden":
        names = sorted(_fields(row["loc"][:-1], root))
        return Problem(key, f"one of the keys {', '.join(names)}", repr(key[-1]), did_you_mean(key[-1], names))
    if kind == "missing":
        dotted = ".".join(map(str, key))
        hint = f" Give it here, or on the command line: {dotted}=FILE" if key[-1] == "path" else _misspelt(key, values)
        return Problem(key, "a value here: it is required", "nothing", hint)
    if kind in {"literal_error", "union_tag_invalid"}:
        choices = _choices(context.get("expected") or context["expected_tags"])
        if kind == "union_tag_invalid":
            key, received = (*key, "kind"), repr(context["tag"])
        return Problem(key, f"one of {', '.join(choices)}", received, did_you_mean(received.strip("'"), choices))
    if kind == "union_tag_not_found":
        return _no_kind(key, row, root)
    number = "an integer" if _is_integer(row["loc"], root) else "a number"
    return Problem(key, _expected(kind, context, row["msg"], number), received)


def _no_kind(key: Key, row: Any, root: type[BaseModel]) -> Problem:
    kinds = ", ".join(_kinds(row["loc"], root))
    if isinstance(row.get("input"), Mapping):
        return Problem((*key, "kind"), f"one of {kinds}", "nothing")
    return Problem(key, f"a section with `kind`: {kinds}", shown(row.get("input")))


def _expected(kind: str, context: Mapping[str, Any], message: str, number: str) -> str:
    if kind in BOUNDS:
        name, word = BOUNDS[kind]
        return f"{number} {word} {context[name]:g}"
    if kind in {"too_short", "string_too_short"}:
        return f"at least {context.get('min_length')} of them"
    if kind in {"too_long", "string_too_long"}:
        return f"at most {context.get('max_length')} of them"
    if kind == "string_pattern_mismatch":
        return "letters, digits, '_', '-' and '.' only, not '.' first"
    return PLAIN.get(kind, message.removeprefix("Input should be ").removeprefix("Value error, "))


def _choices(text: str) -> list[str]:
    return [word.strip(" '") for word in text.replace(" or ", ", ").split(",")]


def _misspelt(key: Key, values: Mapping[str, Any]) -> str:
    """A missing key beside an unknown one that looks like it: the user's word is the hint."""
    parent = _at(values, key[:-1])
    return did_you_mean(key[-1], parent).replace("Did you mean", "Is it") if isinstance(parent, Mapping) else ""


def _at(values: Any, key: Iterable[str | int]) -> Any:
    for step in key:
        try:
            values = values[step]
        except (KeyError, IndexError, TypeError):
            return None
    return values


def _without_tags(loc: tuple[str | int, ...], values: Any, kind: str) -> Key:
    """Drop the union tags that pydantic puts into a place, so that it matches the YAML."""
    key: list[str | int] = []
    for i, step in enumerate(loc):
        last = i == len(loc) - 1
        inside = (isinstance(values, Mapping) and step in values) or (
            isinstance(values, list) and isinstance(step, int) and step < len(values)
        )
        if inside:
            values = values[step]
            key.append(step)
        elif last and kind in {"missing", "extra_forbidden"}:
            key.append(step)
    return tuple(key)


def _sections(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [section for part in typing.get_args(annotation) for section in _sections(part)]


def _walk(loc: tuple[str | int, ...], root: type[BaseModel]) -> list[type[BaseModel]]:
    sections: list[type[BaseModel]] = [root]
    for step in loc:
        holders = [section for section in sections if step in section.model_fields]
        tagged = [s for s in sections if "kind" in s.model_fields and s.model_fields["kind"].default == step]
        if holders:
            sections = [inner for s in holders for inner in _sections(s.model_fields[str(step)].annotation)]
        elif tagged:
            sections = tagged
    return sections


def _is_integer(loc: tuple[str | int, ...], root: type[BaseModel]) -> bool:
    """Whether the field at a place takes integers and no other numbers."""
    names = [step for step in loc if isinstance(step, str)]
    for n in range(len(names), 0, -1):
        holders = _walk(tuple(names[: n - 1]), root)
        fields = [s.model_fields[names[n - 1]] for s in holders if names[n - 1] in s.model_fields]
        if fields:
            return all(int in _leaves(field.annotation) and float not in _leaves(field.annotation) for field in fields)
    return False


def _leaves(annotation: Any) -> list[Any]:
    parts = typing.get_args(annotation)
    return [leaf for part in parts for leaf in _leaves(part)] if parts else [annotation]


def _fields(loc: tuple[str | int, ...], root: type[BaseModel]) -> set[str]:
    return {name for section in _walk(loc, root) for name in section.model_fields}


def _kinds(loc: tuple[str | int, ...], root: type[BaseModel]) -> list[str]:
    return [str(s.model_fields["kind"].default) for s in _walk(loc, root) if "kind" in s.model_fields]

"""Sections of a recipe as one level of dotted names, as programs that compare runs want them."""

from collections.abc import Mapping
from typing import Any

Value = bool | int | float | str


def flat_settings(section: Mapping[str, Any], before: str = "") -> dict[str, Value]:
    """Return settings by their dotted names; lists are texts, and what is not set is left out.

    Example:
        >>> flat_settings({"epochs": 5, "optimizer": {"kind": "adam"}, "freeze": (), "init_from": None})
        {'epochs': 5, 'optimizer.kind': 'adam', 'freeze': '[]'}
    """
    found: dict[str, Value] = {}
    for name, value in section.items():
        if isinstance(value, Mapping):
            found |= flat_settings(value, f"{before}{name}.")
        elif isinstance(value, list | tuple):
            found[f"{before}{name}"] = str(list(value))
        elif value is not None:
            found[f"{before}{name}"] = value
    return found

"""Named tensors or arrays -> the form in which Keras takes them: a dict of several, the one by itself."""

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


def unwrap(named: Mapping[str, T]) -> dict[str, T] | T:
    """Return the only value, or a dict of all.

    Example:
        >>> unwrap({"y": 1}), unwrap({"a": 1, "b": 2})
        (1, {'a': 1, 'b': 2})
    """
    return dict(named) if len(named) > 1 else next(iter(named.values()))

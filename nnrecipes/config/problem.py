"""One thing that is wrong with a recipe, and how it reads: ``file:line: dotted.key: expected … Received: … Did you mean …?``."""

from collections.abc import Mapping
from dataclasses import dataclass

Key = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """One mistake.

    Args:
        key: The place, as the steps from the root of the recipe.
        expected: What would be right there.
        received: What stands there, as ``repr`` shows it.
        hint: ``' Did you mean …?'`` or empty.
    """

    key: Key
    expected: str
    received: str
    hint: str = ""

    def line(self, origin: str, lines: Mapping[Key, int]) -> str:
        """Return the problem as one line, at the nearest place of the file that is known.

        Example:
            >>> Problem(("seed",), "an integer", "'x'").line("a.yaml", {("seed",): 3})
            "a.yaml:3: seed: expected an integer. Received: 'x'."
        """
        place = next((lines[self.key[:n]] for n in range(len(self.key), 0, -1) if self.key[:n] in lines), None)
        where = origin if place is None else f"{origin}:{place}"
        dotted = ".".join(map(str, self.key))
        return f"{where}: {dotted + ': ' if dotted else ''}expected {self.expected}. Received: {self.received}.{self.hint}"


def shown(value: object, limit: int = 80) -> str:
    """``repr`` of a value, cut to ``limit`` characters."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"

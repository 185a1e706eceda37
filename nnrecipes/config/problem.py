"""One thing that is wrong with a recipe: ``file:line: dotted.key: expected … Received: … Did you mean …?``."""

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

    def text(self, where: str) -> str:
        """Return the problem as one line.

        Example:
            >>> Problem(("seed",), "an integer", "'x'").text("a.yaml:3")
            "a.yaml:3: seed: expected an integer. Received: 'x'."
        """
        dotted = ".".join(map(str, self.key))
        return (
            f"{where}: {dotted + ': ' if dotted else ''}expected {self.expected}. Received: {self.received}.{self.hint}"
        )


def shown(value: object, limit: int = 80) -> str:
    """``repr`` of a value, cut to ``limit`` characters."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"

"""What an audit found: checks, each with its leaks; warnings with figures; as text, HTML and plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

SHOWN = 5
HEAD = ("changed", "checked", "verdict")


@dataclass(frozen=True)
class Leak:
    """One thing that knows what it must not know.

    Args:
        what: Its name: a column with its input, an array, a group.
        detail: What moved, or which sets share it.
    """

    what: str
    detail: str

    def __str__(self) -> str:
        return f"{self.what}: {self.detail}" if self.detail else self.what


@dataclass(frozen=True)
class Check:
    """One check.

    Args:
        changed: What was replaced, or looked at.
        checked: What had to stay as it was.
        good: The verdict where it did.
        leaks: What did not.
        cause: Which rows alone are enough to move it: ``validation``, ``test``.
    """

    changed: str
    checked: str
    good: str
    leaks: tuple[Leak, ...] = ()
    cause: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """The verdict in a word or two."""
        return "LEAK" if self.leaks else self.good

    def lines(self) -> list[str]:
        """What leaks, a line each."""
        by = f" [{' and '.join(self.cause)} rows]" if self.cause else ""
        shown = [f"leak: {self.changed}{by}: {leak}" for leak in self.leaks[:SHOWN]]
        rest = len(self.leaks) - SHOWN
        return [*shown, f"leak: {self.changed}{by}: and {rest:,} more"] if rest > 0 else shown


@dataclass(frozen=True)
class Audit:
    """The audit of one recipe on its own data.

    Args:
        recipe: Its name.
        rows: Set -> rows.
        checks: In the order in which they ran.
        warnings: What deserves a look and is no proof of a leak.

    Example:
        >>> check = Check("2 rows: labels changed", "training x", "same bytes", (Leak("column 'age'", "fill 3 -> 4"),))
        >>> audit = Audit("ages", {"train": 8}, (check,), ())
        >>> audit.clean, audit.verdict
        (False, "LEAK: column 'age'")
    """

    recipe: str
    rows: Mapping[str, int]
    checks: tuple[Check, ...]
    warnings: tuple[str, ...]

    @property
    def clean(self) -> bool:
        """Whether no check found a leak."""
        return not self.leaks

    @property
    def leaks(self) -> tuple[Leak, ...]:
        """The leaks of all checks."""
        return tuple(leak for check in self.checks for leak in check.leaks)

    @property
    def verdict(self) -> str:
        """``clean``, or ``LEAK:`` and the names of what leaks."""
        if self.clean:
            return "clean"
        names = list(dict.fromkeys(leak.what for leak in self.leaks))
        rest = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
        return f"LEAK: {'; '.join(names[:SHOWN])}{rest}"

    def __str__(self) -> str:
        table = aligned([HEAD, *((check.changed, check.checked, check.verdict) for check in self.checks)])
        leaks = [line for check in self.checks for line in check.lines()]
        return "\n".join([*table, *leaks, *(f"warning: {line}" for line in self.warnings), self.verdict])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{name}</th>" for name in HEAD)
        body = "".join(
            f"<tr><td>{escape(check.changed)}</td><td>{escape(check.checked)}</td><td>{check.verdict}</td></tr>"
            for check in self.checks
        )
        lines = [line for check in self.checks for line in check.lines()]
        lines += [f"warning: {line}" for line in self.warnings]
        notes = "".join(f"<p>{escape(line)}</p>" for line in [*lines, self.verdict])
        return f"<div><b>{escape(self.recipe)}</b><table><tr>{head}</tr>{body}</table>{notes}</div>"

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists, strings and numbers, as JSON holds them."""
        checks = [{**asdict(check), "verdict": check.verdict} for check in self.checks]
        return {"recipe": self.recipe, "clean": self.clean, "verdict": self.verdict, "rows": dict(self.rows),
                "checks": checks, "warnings": list(self.warnings)}  # fmt: skip


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return one line a row, its cells in columns.

    Example:
        >>> aligned([("a", "long", "x"), ("bb", "c", "y")])
        ['a   long  x', 'bb  c     y']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]

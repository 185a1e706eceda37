"""How numbers, dates and whole numbers are written, as regular expressions."""

import re

NUMBER = r"(?i)^\s*[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf|infinity)\s*$"
ISO_DATE = r"^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$"
WHOLE = re.compile(r"([+-]?\d+)\.0+")


def plain_text(value: object) -> str:
    """Return a value as a category: a whole number has no ``.0``.

    Example:
        >>> plain_text(3.0), plain_text(2.5), plain_text(True)
        ('3', '2.5', 'True')
    """
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    whole = WHOLE.fullmatch(text)
    return whole[1] if whole else str(text)

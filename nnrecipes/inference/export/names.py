"""Names that an exported file and its readers agree on; nothing is imported here."""

LABEL = "_label"
"""What the name of the output with a target's class ends in."""
WITH_CLASS = ("binary", "multiclass")
"""Tasks in which a row has one class."""
NUMBERS = "(numbers)"
CODES = "(categories)"
"""The two matrices of the run's own file."""

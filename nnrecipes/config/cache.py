"""The data cache, where ``nnrecipes fetch`` puts public data sets and where ``cache:NAME/FILE`` of a recipe points."""

import os
import re
from pathlib import Path

PREFIX = "cache:"
PLACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9][A-Za-z0-9_.-]*")


def cache_root() -> Path:
    """The folder of all data sets: ``NNRECIPES_DATA``, or ``nnrecipes`` in the user's cache folder."""
    given = os.environ.get("NNRECIPES_DATA")
    if given:
        return Path(given).expanduser().absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser().absolute() / "nnrecipes"


def cached(place: str) -> Path | None:
    """Return the path of ``NAME/FILE`` in the cache, whether it is there or not; None for any other form.

    Example:
        >>> cached("mnist/train-labels-idx1-ubyte.gz") == cache_root() / "mnist" / "train-labels-idx1-ubyte.gz"
        True
        >>> cached("../secrets"), cached("mnist"), cached("/etc/passwd")
        (None, None, None)
    """
    return cache_root() / place if PLACE.fullmatch(place) else None

"""What ``nnrecipes audit`` says of every shipped recipe that is offline, and of one that is not, as ``docs/audit.md``.

Run: NNRECIPES_BENCH_DATA=DIR python tests/audit/generate_audit.py

DIR is the folder with the public data sets, for the recipes that read them from the data cache.
"""

import contextlib
import io
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

PLACE = Path(__file__).parents[2] / "docs" / "audit.md"
FETCHED = {"sequential_shipping": "ecommerce_shipping"}
HEAD = """\
# What the audit says of the shipped recipes

`nnrecipes audit RECIPE` writes down row ids, types and tasks, gives validation and test rows other values and labels in six
ways, loads and fits again, and compares every byte of the fitted state and of the training arrays. Then training rows
exchange their labels, and their own features must not move. Exit status 0 is `clean`, 1 names what leaks.

Written by `python tests/audit/generate_audit.py`; tests compare. Warnings are figures to look at, not leaks.
"""


def recipes() -> list[str]:
    """The recipes that are offline, and those whose data set is known how to fetch."""
    from nnrecipes.config.shipped import offline_recipe_names

    return sorted({*offline_recipe_names(), *FETCHED})


@contextlib.contextmanager
def fetched(names: Mapping[str, str], source: str) -> Iterator[None]:
    """A data cache of its own that holds the data sets of these recipes."""
    from nnrecipes.data.fetch import fetch

    before = os.environ.get("NNRECIPES_DATA")
    with tempfile.TemporaryDirectory() as cache:
        os.environ["NNRECIPES_DATA"] = cache
        try:
            for name in names.values():
                fetch(name, source)
            yield
        finally:
            os.environ.pop("NNRECIPES_DATA")
            if before is not None:
                os.environ["NNRECIPES_DATA"] = before


def section(name: str) -> str:
    """The command and what it prints."""
    from nnrecipes.cli.main import main

    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        status = main(["audit", name])
    if status not in {0, 1}:
        raise RuntimeError(f"audit {name}: exit status {status}")
    return f"## {name}\n\n```\n$ nnrecipes audit {name}\n{out.getvalue()}```\n"


def sections(page: str) -> dict[str, str]:
    """Recipe -> its part of the page."""
    parts = [part.rstrip("\n") + "\n" for part in page.split("\n## ")[1:]]
    return {part.partition("\n")[0]: f"## {part}" for part in parts}


def main() -> None:
    """Write the page; CPU seconds go to standard error, as they are others each time."""
    parts = []
    with fetched(FETCHED, os.environ["NNRECIPES_BENCH_DATA"]):
        for name in recipes():
            begun = time.process_time()
            parts.append(section(name))
            verdict = parts[-1].splitlines()[-2]
            print(f"{name}: {verdict}, {time.process_time() - begun:.1f} CPU seconds", file=sys.stderr)
    PLACE.write_text("\n".join([HEAD, *parts]), "utf-8")


if __name__ == "__main__":
    main()

"""A real headless Chromium for tests, and where its screenshots go."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


def chromium() -> str:
    """The program; the test is skipped where there is none."""
    pytest.importorskip("playwright", reason="playwright is not installed (the extra browser)")
    found = (
        os.environ.get("NNRECIPES_CHROMIUM")
        or shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    if not found:
        pytest.skip("no chromium on this machine (Debian: apt-get install chromium), nor NNRECIPES_CHROMIUM")
    return found


@contextmanager
def browser() -> Iterator[Any]:
    """A headless Chromium."""
    program = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


def screenshot(page: Any, name: str, tmp_path: Path, **options: Any) -> Path:
    """Keep what a page looks like, in the folder that NNRECIPES_SCREENSHOTS names or in the test's own."""
    folder = Path(os.environ.get("NNRECIPES_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    page.screenshot(path=path, **{"full_page": True, **options})
    assert path.stat().st_size > 5_000
    return path

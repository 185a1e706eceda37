"""Every example in a docstring runs, in an empty folder."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import nnrecipes

MODULES = sorted(module.name for module in pkgutil.walk_packages(nnrecipes.__path__, "nnrecipes."))


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("__main__")])
def test_examples_of(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    assert found.failed == 0

"""Copies of the shipped runs, so that nothing is written into the package."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import nnrecipes as nn

Copy = Callable[[str], nn.Run]


@pytest.fixture(scope="session")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    root = tmp_path_factory.mktemp("zoo")
    found: dict[str, nn.Run] = {}

    def copied(name: str) -> nn.Run:
        if name not in found:
            shipped: Path = nn.load_zoo(name).path
            place = root / name / shipped.name
            shutil.copytree(shipped, place, ignore=shutil.ignore_patterns("serving"))
            found[name] = nn.load_run(place)
        return found[name]

    return copied

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nnrecipes.config.recipe import RecipeConfig

Recipe = Callable[..., RecipeConfig]


@pytest.fixture
def recipe() -> Recipe:
    """Build a recipe over a file (or a source) from the sections that matter to data."""

    def build(
        source: Path | dict[str, Any],
        *targets: str,
        split: dict[str, Any] | None = None,
        preprocessing: dict[str, Any] | None = None,
        inputs: dict[str, Any] | None = None,
        sections: dict[str, Any] | None = None,
        seed: int = 0,
        **data: Any,
    ) -> RecipeConfig:
        if isinstance(source, Path):
            source = {"kind": "parquet" if source.suffix == ".parquet" else "csv", "path": str(source)}
        return RecipeConfig.model_validate(
            {
                "name": "test",
                "seed": seed,
                "model": {"kind": "sequential"},
                "data": {"source": source, **data, **({"split": split} if split else {})},
                "targets": sections or {name: {} for name in targets or ("y",)},
                "preprocessing": preprocessing or {},
                "inputs": inputs or {},
            }
        )

    return build


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a file of text or bytes and return its path."""

    def write_file(content: str | bytes, name: str = "data.csv") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file


@pytest.fixture
def bench() -> Path:
    """The folder of the public data sets."""
    folder = os.environ.get("NNRECIPES_BENCH_DATA")
    if not folder:
        pytest.skip("NNRECIPES_BENCH_DATA names no folder with the public data sets")
    return Path(folder)

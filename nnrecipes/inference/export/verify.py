"""An exported file -> its answers from a process of its own, and how far they are from the run's."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nnrecipes.data.spec import Array
from nnrecipes.errors import RunError
from nnrecipes.inference.export.names import LABEL
from nnrecipes.inference.export.parity import Expected, differences

SCRIPT = Path(__file__).with_name("fresh.py")
PATIENCE = 600.0
"""Seconds."""


def fresh_answers(
    kind: str, path: Path, rows: Sequence[Mapping[str, Array]], keys: Mapping[str, str]
) -> dict[str, Array]:
    """Return what a file answers in its own runtime, in a process that cannot import the package.

    Args:
        kind: The format.
        path: The file, or folder.
        rows: Batches, each column -> array, as the file takes them.
        keys: Column -> its name in the file's signature.

    Raises:
        RunError: The process failed, with the last line that it said.
    """
    with tempfile.TemporaryDirectory() as folder:
        given, out, names = (Path(folder) / name for name in ("given.npz", "out.npz", "keys.json"))
        columns: dict[str, Any] = {f"b{number}_c{place}": values for number, batch in enumerate(rows)
                                   for place, values in enumerate(batch.values())}  # fmt: skip
        np.savez(given, **columns)
        names.write_text(json.dumps([[name, keys[name]] for name in rows[0]]), "utf-8")
        words = [sys.executable, "-I", str(SCRIPT), kind, str(path), str(given), str(names), str(out)]
        try:
            done = subprocess.run(words, capture_output=True, timeout=PATIENCE, check=False)
        except subprocess.TimeoutExpired:
            raise RunError(f"export: {kind}: expected answers within {PATIENCE:.0f} seconds. Received: none.") from None
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines() or [f"exit status {done.returncode}"]
            raise RunError(f"export: {kind}: expected a file that its own runtime can run. Received: {said[-1]}")
        with np.load(out) as archive:
            return {str(name): archive[f"a{place}"] for place, name in enumerate(archive["names"])}


def verify(
    kind: str,
    path: Path,
    rows: Sequence[Mapping[str, Array]],
    keys: Mapping[str, str],
    expected: Mapping[str, Expected],
) -> dict[str, float]:
    """Return answer -> greatest difference between the file and the run."""
    return differences(expected, fresh_answers(kind, path, rows, keys), LABEL)

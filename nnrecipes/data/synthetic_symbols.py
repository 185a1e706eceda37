"""Seeded handwritten symbols: many identities, a few drawings of each, as in Omniglot, but drawn by a known law.

A symbol is a line through random points. Whoever draws it again turns it by up to 20 degrees, scales it, moves it,
holds another pen, and misses each point by a little. Pixels are black or white.

References:
    Lake, Salakhutdinov and Tenenbaum (2015), Human-level concept learning through probabilistic program induction.
    https://doi.org/10.1126/science.aab3050
"""

import io
import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

SIZE = 24
POINTS = (4, 7)
Pixels = npt.NDArray[np.uint8]


def symbols(identities: int = 70, drawings: int = 10, seed: int = 17) -> tuple[Pixels, npt.NDArray[np.int64]]:
    """Return drawings, and which symbol each one is.

    Args:
        identities: Number of symbols.
        drawings: Of each symbol.
        seed: Seed of the generator.

    Returns:
        Pixels 0 or 255, uint8 ``(identities * drawings, 24, 24)``, and the symbol's number, int64.

    Example:
        >>> images, numbers = symbols(2, 3)
        >>> images.shape, numbers.tolist()
        ((6, 24, 24), [0, 0, 0, 1, 1, 1])
    """
    rng = np.random.default_rng(seed)
    images = []
    for _ in range(identities):
        points = rng.uniform(-1, 1, (int(rng.integers(*POINTS)), 2))
        points = (points - points.mean(axis=0)) / np.abs(points - points.mean(axis=0)).max()
        images += [_drawing(rng, points) for _ in range(drawings)]
    return np.stack(images), np.repeat(np.arange(identities), drawings)


def write_symbols(folder: Path | str, identities: int = 70, drawings: int = 10, seed: int = 17) -> None:
    """Write ``symbols.zip``: a folder a symbol, a PNG a drawing.

    Args:
        folder: Where.
        identities: Number of symbols.
        drawings: Of each symbol.
        seed: Seed of the generator.
    """
    from PIL import Image

    images, numbers = symbols(identities, drawings, seed)
    with zipfile.ZipFile(Path(folder) / "symbols.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for place, (pixels, number) in enumerate(zip(images, numbers, strict=True)):
            buffer = io.BytesIO()
            Image.fromarray(pixels).convert("1").save(buffer, format="PNG", optimize=True)
            archive.writestr(zipfile.ZipInfo(f"{number:02d}/{place % drawings}.png"), buffer.getvalue())


def _drawing(rng: np.random.Generator, points: npt.NDArray[np.float64]) -> Pixels:
    """Black on white: pixels nearer to the line than half the pen's width."""
    turn, scale = np.deg2rad(rng.uniform(-20, 20)), rng.uniform(6.5, 9.5)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    placed = (points + rng.normal(0, 0.07, points.shape)) @ rotation.T * scale
    placed += (SIZE - 1) / 2 + rng.uniform(-2, 2, 2)
    grid = np.stack(np.meshgrid(np.arange(SIZE), np.arange(SIZE), indexing="ij"), axis=-1).reshape(-1, 2)
    nearest = np.min([_distance(grid, a, b) for a, b in pairwise(placed)], axis=0)
    return np.where(nearest < rng.uniform(0.7, 1.2), 0, 255).astype(np.uint8).reshape(SIZE, SIZE)


def _distance(
    grid: npt.NDArray[np.int64], a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Of each pixel ``(pixels, 2)`` from the line between two points."""
    along = np.clip((grid - a) @ (b - a) / max(float((b - a) @ (b - a)), 1e-9), 0, 1)
    found: npt.NDArray[np.float64] = np.linalg.norm(grid - (a + along[:, None] * (b - a)), axis=1)
    return found

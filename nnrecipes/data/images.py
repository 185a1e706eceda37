"""References to images (paths, members of zip archives, bytes of files, arrays) -> pixels, uint8.

A path is looked for in the input's folder or archive, then beside the file with the rows. Images are turned upright by
their EXIF data, transparent ones lose their transparency, and all are resized to one size by Pillow's bilinear
filter, first across, then down.
"""

import io
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import numpy as np
import numpy.typing as npt
import pandas as pd

from nnrecipes.data.cells import ArrayCell
from nnrecipes.data.table import SHOWN
from nnrecipes.errors import DataError

Pixels = npt.NDArray[np.uint8]
SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm"}
MEMBER = ".zip/"
BILINEAR = 2
GREY = {"1", "L", "LA", "I", "I;16", "F"}


def list_images(path: str | Path) -> list[str]:
    """Return the images of a folder (and those below it) or of a zip archive, relative to it, sorted.

    Raises:
        DataError: Nothing there, or no image in it.
    """
    place = Path(path)
    if place.is_dir():
        names = [file.relative_to(place).as_posix() for file in place.rglob("*") if file.is_file()]
    elif place.is_file():
        names = sorted(_members(place))
    else:
        raise DataError(f"{place}: expected a folder or a zip archive of images. Received: no such path.")
    images = sorted(name for name in names if Path(name).suffix.lower() in SUFFIXES and "__MACOSX" not in name)
    if not images:
        raise DataError(f"{place}: expected images ({', '.join(sorted(SUFFIXES))}). Received: none.")
    return images


def locate_images(values: Iterable[Any], folders: Sequence[str | Path]) -> tuple[npt.NDArray[np.object_], Any]:
    """Turn the values of a column into references that stand for themselves.

    Args:
        values: Paths, bytes of image files, arrays, or missing ones.
        folders: Folders and zip archives in which relative paths are looked for, in this order.

    Returns:
        Absolute paths (``/a/b.zip/c.png`` within an archive), bytes, arrays, or None, ``(rows,)``; and which of the
        paths lead nowhere, bool ``(rows,)``.
    """
    places = [(Path(folder), _known(Path(folder))) for folder in folders]
    items = list(values)
    found, lost = np.empty(len(items), dtype=object), np.zeros(len(items), dtype=bool)
    for i, value in enumerate(items):
        if isinstance(value, bytes):
            found[i] = value
        elif not pd.isna(value):
            found[i] = _locate(str(value), places)
            lost[i] = found[i] is None
    return found, lost


def image_format(references: Iterable[Any]) -> tuple[list[tuple[int, int]], int]:
    """Return the sizes ``(height, width)`` of images, distinct and sorted, and 1 channel if all are grey, else 3.

    Raises:
        DataError: Broken images, each by its path.
    """
    sizes, grey = set(), True
    for _, image in _opened(references):
        if image is not None:
            sizes.add((image.height, image.width))
            grey = grey and image.mode in GREY
    return sorted(sizes), 1 if grey else 3


def decode_images(references: Iterable[Any], *, height: int, width: int, channels: int) -> Pixels:
    """Return pixels ``(rows, height, width, channels)``; a missing image is black.

    Args:
        references: As :func:`locate_images` gives them.
        height: Pixels.
        width: Pixels.
        channels: 1 (grey) or 3 (red, green, blue).

    Raises:
        DataError: Broken images, each by its path.

    Example:
        >>> decode_images([ArrayCell(np.full((2, 2), 7, np.uint8)), None], height=1, width=1, channels=1).ravel()
        array([7, 0], dtype=uint8)
    """
    items = list(references)
    if items and all(isinstance(item, ArrayCell) and item.dtype == "|u1" for item in items):
        shapes = {item.shape for item in items}
        if shapes <= {(height, width, channels)} or (channels == 1 and shapes == {(height, width)}):
            return np.frombuffer(b"".join(items), dtype=np.uint8).reshape(-1, height, width, channels)
    pixels = np.zeros((len(items), height, width, channels), dtype=np.uint8)
    for i, image in _opened(items):
        if image is not None:
            plain = image.convert("L" if channels == 1 else "RGB")
            if plain.size != (width, height):  # across, then down: Pillow's own order depends on its version
                plain = plain.resize((width, plain.height), BILINEAR).resize((width, height), BILINEAR)
            pixels[i] = np.asarray(plain, dtype=np.uint8).reshape(height, width, channels)
    return pixels


def _opened(references: Iterable[Any]) -> Iterator[tuple[int, Any]]:
    """Yield the place of each reference and its Pillow image, None where it is missing."""
    broken: list[str] = []
    with ExitStack() as stack:
        archives: dict[str, ZipFile] = {}
        for i, reference in enumerate(references):
            if reference is None:
                yield i, None
                continue
            try:
                image = _open(reference, archives, stack)
            except Exception as error:  # Pillow raises a dozen kinds for damaged files
                broken.append(f"{_name(reference, i)}: {' '.join(str(error).split()) or type(error).__name__}")
                continue
            yield i, image
    if broken:
        rest = [f"and {len(broken) - SHOWN:,} more images"] if len(broken) > SHOWN else []
        raise DataError([f"expected images that can be read. Received: {line}." for line in broken[:SHOWN] + rest])


def _open(reference: Any, archives: dict[str, ZipFile], stack: ExitStack) -> Any:
    from PIL import Image, ImageOps

    if isinstance(reference, ArrayCell):
        return _from_array(reference)
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        image = Image.open(io.BytesIO(_content(reference, archives, stack)))
        image.load()
    upright = ImageOps.exif_transpose(image)
    return upright.point(lambda value: value / 256).convert("L") if upright.mode == "I;16" else upright


def _from_array(cell: ArrayCell) -> Any:
    from PIL import Image

    array = cell.array
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.dtype != np.uint8 or not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] == 3)):
        raise ValueError(f"expected uint8 pixels (height, width) or (height, width, 3), not {array.dtype} {cell.shape}")
    return Image.fromarray(array)


def _content(reference: Any, archives: dict[str, ZipFile], stack: ExitStack) -> bytes:
    if isinstance(reference, bytes):
        return reference
    archive, mark, member = str(reference).partition(MEMBER)
    if not mark or Path(reference).is_file():
        return Path(reference).read_bytes()
    if archive not in archives:
        archives[archive] = stack.enter_context(ZipFile(f"{archive}.zip"))
    return archives[archive].read(member)


def image_bytes(references: Iterable[Any]) -> Iterator[bytes]:
    """Yield what each reference leads to, for a checksum."""
    with ExitStack() as stack:
        archives: dict[str, ZipFile] = {}
        for reference in references:
            if reference is not None:
                yield _content(reference, archives, stack)


def _locate(name: str, places: Sequence[tuple[Path, frozenset[str] | None]]) -> str | None:
    if Path(name).is_absolute():
        archive, mark, _ = name.partition(MEMBER)
        return name if Path(name).is_file() or (mark and Path(f"{archive}.zip").is_file()) else None
    for folder, members in places:
        if members is None and (folder / name).is_file():
            return str((folder / name).absolute())
        if members is not None and name.removeprefix("./") in members:
            return str(folder.absolute() / name.removeprefix("./"))
    return None


def _known(place: Path) -> frozenset[str] | None:
    """The members of a zip archive; None of a folder."""
    return _members(place) if place.is_file() else None


def _members(archive: Path) -> frozenset[str]:
    if archive.suffix.lower() != ".zip":
        raise DataError(f"{archive}: expected a folder or a zip archive (*.zip). Received: a file.")
    try:
        with ZipFile(archive) as opened:
            return frozenset(item.filename for item in opened.infolist() if not item.is_dir())
    except (BadZipFile, OSError) as error:
        raise DataError(f"{archive}: expected a zip archive. Received: {error}.") from None


def _name(reference: Any, place: int) -> str:
    return f"the image in place {place}" if isinstance(reference, bytes) else str(reference)

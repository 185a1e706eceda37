"""A folder, archive or http(s) address that a user has -> a public data set in the data cache, checked.

Everything is brought to a hidden folder of the cache first, and checked there: size and SHA-256 where they were
verified, the published count of lines elsewhere. Only then is it renamed to ``<cache>/NAME``.
"""

import fcntl
import gzip
import hashlib
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urljoin, urlsplit

from nnrecipes.config.cache import cache_root
from nnrecipes.data import download as http
from nnrecipes.data.datasets import DataSet, File, find_dataset
from nnrecipes.data.unpack import copy_limited, is_archive, unpack
from nnrecipes.errors import DataError, did_you_mean

DEPTH = 5  # folders below the one that was given
BLOCK = 1 << 16


@dataclass(frozen=True)
class Fetched:
    """A data set in the cache.

    Args:
        name: Of the data set.
        path: Its folder.
        files: File name -> the SHA-256 of its content.
        verified: Whether all of them were compared with a known SHA-256.
    """

    name: str
    path: Path
    files: Mapping[str, str]
    verified: bool


def fetch(name: str, source: str | Path, *, progress: http.Progress | None = None) -> Fetched:
    """Import a public data set into the data cache.

    Args:
        name: One of ``nnrecipes fetch``'s names.
        source: A folder that holds its files (at any depth), a zip or tar(.gz) archive, one of its files where it has
            only one, or the http(s) address of any of these; an address that ends in ``/`` is a folder.
        progress: Called with a file's name, bytes so far and bytes in all (or None) while it is downloaded.

    Returns:
        What now stands in the cache.

    Raises:
        DataError: No such data set or source, a failed download, an archive that is damaged or escapes its folder,
            or a file that is not the data set's. The cache is then as it was.
    """
    dataset, root = find_dataset(name), cache_root()
    origin = http.shown_url(str(source)) if http.is_url(str(source)) else str(source)
    try:
        with _staging(root, name) as aside:
            place = _bring(dataset, str(source), origin, aside, progress)
            layout, found = _choose(dataset, place, origin)
            ready = aside / "ready"
            ready.mkdir()
            digests = {file.name: _take(file, found[file.name], ready, origin) for file in layout}
            _install(ready, root / name)
    except OSError as error:
        where = error.filename or root
        reason = error.strerror or str(error)
        raise DataError(f"{where}: expected to read the source and write the data cache. Received: {reason}.") from None
    return Fetched(name, root / name, digests, all(file.sha256 for file in layout))


@contextmanager
def _staging(root: Path, name: str) -> Iterator[Path]:
    """A hidden folder of the cache that goes away whatever happens; what a kill left of others goes first."""
    root.mkdir(parents=True, exist_ok=True)
    for left in root.glob(f".{name}-*"):
        with suppress(OSError), _locked(left):  # a lock ends with its process: who holds one is still at work
            shutil.rmtree(left)
    aside = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=root))
    try:
        with _locked(aside):
            yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder.

    Raises:
        OSError: Another process holds it.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def _bring(dataset: DataSet, source: str, origin: str, aside: Path, progress: http.Progress | None) -> Path:
    """Return a folder of this machine that holds what the source has."""
    if not http.is_url(source):
        path = Path(source).expanduser()
        if not path.exists():
            near = did_you_mean(path.name, [p.name for p in path.parent.iterdir()]) if path.parent.is_dir() else ""
            raise DataError(
                f"{path}: expected a folder, an archive or an http(s) address. Received: no such file.{near}"
            )
        return path if path.is_dir() else _open(dataset, path, path.name, origin, aside)
    if urlsplit(source).path.endswith("/"):
        folder = aside / "files"
        folder.mkdir()
        for file in dataset.layouts[0]:
            http.download(urljoin(source, file.name), folder / file.name, progress=progress)
        return folder
    whole = aside / "download"
    http.download(source, whole, progress=progress)
    return _open(dataset, whole, unquote(urlsplit(source).path.rpartition("/")[2]), origin, aside)


def _open(dataset: DataSet, path: Path, name: str, origin: str, aside: Path) -> Path:
    """Return a folder with the files of an archive, or with the one file that this is."""
    wanted = _names(dataset)
    only = dataset.layouts[0][0].name if [len(layout) for layout in dataset.layouts] == [1] else None
    folder = aside / "files"
    folder.mkdir()
    if name not in wanted and is_archive(path):
        unpack(path, wanted, folder, origin)
    elif name in wanted or only:
        with path.open("rb") as source, (folder / (wanted.get(name) or only or "")).open("wb") as file:
            copy_limited(source, file, http.MOST_BYTES, origin)
    else:
        raise DataError(f"{origin}: expected a folder, or a zip or tar.gz archive. Received: a file that is neither.")
    return folder


def _names(dataset: DataSet) -> dict[str, str]:
    """Every name under which a file is handed out -> its name in the cache."""
    files = [file for layout in dataset.layouts for file in layout]
    return {name: file.name for file in files for name in (file.name, *file.aliases)}


def _choose(dataset: DataSet, place: Path, origin: str) -> tuple[Sequence[File], dict[str, list[Path]]]:
    """Return the first layout that is all there, and the candidates for each of its files."""
    found = _find(place, _names(dataset))
    for layout in dataset.layouts:
        if all(file.name in found for file in layout):
            return layout, found
    ways = "; or ".join(", ".join(file.name for file in layout) for layout in dataset.layouts)
    received = f"only {', '.join(found)}" if found else "none of them"
    raise DataError(f"{origin}: expected the files {ways}. Received: {received}.")


def _find(place: Path, wanted: Mapping[str, str]) -> dict[str, list[Path]]:
    """Name in the cache -> the files that may be it, those nearest to ``place`` first."""
    found: dict[str, list[Path]] = {}
    for folder, folders, files in os.walk(place):
        depth = len(Path(folder).relative_to(place).parts)
        folders[:] = sorted(name for name in folders if not name.startswith(".")) if depth < DEPTH else []
        for file in sorted(set(files) & set(wanted)):
            if Path(folder, file).is_file():
                found.setdefault(wanted[file], []).append(Path(folder, file))
    return {name: sorted(paths, key=lambda path: len(path.parts)) for name, paths in found.items()}


def _take(file: File, candidates: Sequence[Path], ready: Path, origin: str) -> str:
    """Copy the first candidate that is the file and return its SHA-256; the nearest one's fault is the error."""
    fault: DataError | None = None
    for path in candidates:
        aside = ready / file.name
        try:
            with path.open("rb") as source, aside.open("wb") as copy:
                copy_limited(source, copy, http.MOST_BYTES, f"{origin}: {file.name}")
            return check_file(aside, file, origin)
        except DataError as error:
            fault = fault or error
    raise fault or DataError(f"{origin}: expected {file.name}. Received: nothing.")


def check_file(path: Path, file: File, origin: str) -> str:
    """Return the SHA-256 of a file's content.

    Raises:
        DataError: It is damaged, or its size, SHA-256 or count of lines is not what it should be.
    """
    where = f"{origin}: {file.name}"
    digest, size, lines, last = hashlib.sha256(), 0, 0, b"\n"
    try:
        with _content(path) as stream:
            while block := stream.read(BLOCK):
                digest.update(block)
                size, lines, last = size + len(block), lines + block.count(b"\n"), block[-1:]
                if size > (file.size or http.MOST_BYTES):
                    raise DataError(f"{where}: expected {file.size or http.MOST_BYTES:,} bytes. Received: more.")
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{where}: expected a whole gzip file. Received: a damaged one ({error}).") from None
    lines += last != b"\n"
    if file.size is not None and size != file.size:
        raise DataError(f"{where}: expected {file.size:,} bytes. Received: {size:,}.")
    if file.sha256 and digest.hexdigest() != file.sha256:
        raise DataError(f"{where}: expected the content with sha256 {file.sha256}. Received: {digest.hexdigest()}.")
    if file.lines is not None and lines != file.lines:
        raise DataError(f"{where}: expected {file.lines:,} lines. Received: {lines:,}.")
    return digest.hexdigest()


def _content(path: Path) -> IO[bytes]:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


def _install(ready: Path, folder: Path) -> None:
    """Rename all files into place: at once where the data set is new, one by one where it was there before."""
    if not folder.exists():
        try:
            ready.rename(folder)
            return
        except OSError:
            if not folder.is_dir():  # else another process was quicker
                raise
    for file in ready.iterdir():
        file.replace(folder / file.name)

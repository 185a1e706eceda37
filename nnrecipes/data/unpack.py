"""A zip or tar(.gz) archive -> the wanted files of it, under names of ours; what an archive calls them is never a path.

A member that is absolute, climbs (``..``) or is a link or device condemns the whole archive: it was made to do harm.
"""

import gzip
import io
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from nnrecipes.errors import DataError

MOST_UNPACKED = 256 << 20  # bytes of a tar archive's whole stream, and of all wanted files
MOST_MEMBERS = 100_000
MOST_WANTED = 64
BLOCK = 1 << 16
DAMAGE = (zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError,
          RuntimeError, ValueError, OverflowError)  # fmt: skip


def is_archive(path: Path) -> bool:
    """Whether a file is a zip or a tar archive, by its content."""
    if zipfile.is_zipfile(path):
        return True
    try:
        with _plain(path) as stream:
            return stream.read(512)[257:262] == b"ustar"
    except (OSError, EOFError, zlib.error):
        return False


def unpack(archive: Path, wanted: Mapping[str, str], folder: Path, origin: str) -> None:
    """Write the wanted members to ``folder/0/NAME``, ``folder/1/NAME``, ...

    Args:
        archive: A zip or tar archive.
        wanted: The last part of a member's name -> the name that it gets.
        folder: Where to; made here.
        origin: What messages call the archive.

    Raises:
        DataError: A member that escapes or is a link, too much in it, or a damaged archive.
    """
    members = _zip_members(archive, origin) if zipfile.is_zipfile(archive) else _tar_members(archive, origin)
    count, left = 0, MOST_UNPACKED
    try:
        for name, stream in members:
            known = wanted.get(name.rpartition("/")[2])
            if known is None:
                continue
            if count == MOST_WANTED:
                raise DataError(f"{origin}: expected at most {MOST_WANTED} files of these names. Received: more.")
            place = folder / str(count)
            place.mkdir(parents=True)
            count += 1
            with stream() as source, (place / known).open("wb") as file:
                left -= copy_limited(source, file, left, f"{origin}: {name!r}")
    except DAMAGE as error:
        raise DataError(f"{origin}: expected a whole archive. Received: a damaged one ({error!s:.100}).") from None


def copy_limited(source: IO[bytes], to: IO[bytes], limit: int, where: str) -> int:
    """Copy at most ``limit`` bytes and return how many there were.

    Raises:
        DataError: There are more.

    Example:
        >>> copy_limited(io.BytesIO(b"12345"), io.BytesIO(), 4, "a.csv")
        Traceback (most recent call last):
        nnrecipes.errors.DataError: a.csv: expected at most 4 bytes. Received: more.
    """
    done = 0
    while block := source.read(BLOCK):
        done += len(block)
        if done > limit:
            raise DataError(f"{where}: expected at most {limit:,} bytes. Received: more.")
        to.write(block)
    return done


def _refuse(origin: str, name: str, plain: bool) -> None:
    """Refuse a member that would leave the folder, or is neither a file nor a folder."""
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or re.match(r"[A-Za-z]:", name):
        raise DataError(f"{origin}: expected members inside the archive's folder. Received: {name[:200]!r}.")
    if not plain:
        raise DataError(f"{origin}: expected only files and folders. Received: a link or device, {name[:200]!r}.")


def _zip_members(path: Path, origin: str) -> Iterator[tuple[str, Any]]:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        _count(origin, len(members))
        for member in members:
            kind = stat.S_IFMT(member.external_attr >> 16)
            _refuse(origin, member.orig_filename, kind in {0, stat.S_IFREG, stat.S_IFDIR})
        for member in members:
            if not member.is_dir():
                yield member.filename, lambda member=member: archive.open(member)


def _tar_members(path: Path, origin: str) -> Iterator[tuple[str, Any]]:
    with _plain(path) as stream, tarfile.open(fileobj=_Limited(stream, origin), mode="r|") as archive:
        for number, member in enumerate(archive, 1):
            _count(origin, number)
            _refuse(origin, member.name, member.isreg() or member.isdir())
            if member.isreg():
                yield member.name, lambda member=member: archive.extractfile(member)


def _count(origin: str, members: int) -> None:
    if members > MOST_MEMBERS:
        raise DataError(f"{origin}: expected at most {MOST_MEMBERS:,} members. Received: more.")


@contextmanager
def _plain(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, unpacked where it is gzip."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        if not packed:
            yield file
            return
        with gzip.GzipFile(fileobj=file) as unpacked:
            yield unpacked  # type: ignore[misc]


class _Limited(io.RawIOBase):
    """A stream that ends in an error after ``MOST_UNPACKED`` bytes."""

    def __init__(self, stream: IO[bytes], origin: str) -> None:
        self._stream, self._origin, self._done = stream, origin, 0

    def read(self, size: int = -1) -> bytes:
        """Read at most ``size`` bytes."""
        block = self._stream.read(min(size, BLOCK) if size >= 0 else BLOCK)
        self._done += len(block)
        if self._done > MOST_UNPACKED:
            raise DataError(f"{self._origin}: expected at most {MOST_UNPACKED:,} bytes unpacked. Received: more.")
        return block

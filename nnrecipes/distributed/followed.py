"""A file that another process writes lines to -> those lines, as they come."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

WAIT = 0.5  # seconds between two looks


@contextmanager
def followed(path: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Say the lines that are added to a file while the block runs, and those that are left when it ends."""
    stop = threading.Event()
    place = path.stat().st_size if path.is_file() else 0
    worker = threading.Thread(target=_follow, args=(path, place, say, stop), daemon=True)
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join()


def _follow(path: Path, place: int, say: Callable[[str], None], stop: threading.Event) -> None:
    rest, last = b"", False
    while not last:
        last = stop.wait(WAIT)
        if not path.is_file():
            continue
        with path.open("rb") as file:
            file.seek(place)
            found = file.read()
        place += len(found)
        *lines, rest = (rest + found).split(b"\n")
        for line in lines:
            say(line.decode("utf-8", "replace"))

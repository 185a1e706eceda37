"""Items -> the same items, of which a thread works out the next one while the present one is used."""

import queue
import threading
from collections.abc import Callable, Generator, Iterable
from typing import TypeVar

T = TypeVar("T")
WAIT = 0.1  # seconds between two looks at whether anybody still wants the items


def ahead(items: Iterable[T], count: int = 1) -> Generator[T, None, None]:
    """Yield the items in order; what the thread raises is raised here, and it ends with this generator.

    Args:
        items: Whatever takes time to work out.
        count: At most so many finished items wait.

    Example:
        >>> list(ahead(range(3)))
        [0, 1, 2]
    """
    waiting: queue.Queue[tuple[str, T | BaseException | None]] = queue.Queue(count)
    stop = threading.Event()
    worker = threading.Thread(target=_work, args=(items, waiting, stop), daemon=True)
    worker.start()
    try:
        while True:
            kind, value = waiting.get()
            if kind == "item":
                yield value  # type: ignore[misc]
            elif isinstance(value, BaseException):
                raise value
            else:
                return
    finally:
        stop.set()
        worker.join()


def _work(
    items: Iterable[T], waiting: "queue.Queue[tuple[str, T | BaseException | None]]", stop: threading.Event
) -> None:
    put = _putter(waiting, stop)
    try:
        for item in items:
            if not put(("item", item)):
                return
        put(("end", None))
    except BaseException as error:
        put(("end", error))


def _putter(
    waiting: "queue.Queue[tuple[str, T | BaseException | None]]", stop: threading.Event
) -> Callable[[tuple[str, T | BaseException | None]], bool]:
    """A function that waits for room and says whether there was any before the items were no longer wanted."""

    def put(item: tuple[str, T | BaseException | None]) -> bool:
        while not stop.is_set():
            try:
                waiting.put(item, timeout=WAIT)
            except queue.Full:
                continue
            return True
        return False

    return put

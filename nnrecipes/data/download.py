"""An http(s) address -> a file: at most so many bytes, never slower than allowed, whole or an error."""

import re
import time
from collections.abc import Callable
from http import HTTPStatus
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from typing import IO, Any
from urllib import request
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from nnrecipes.errors import DataError

Progress = Callable[[str, int, int | None], None]
MOST_BYTES = 256 << 20
TIMEOUT = 30.0  # seconds without a byte
DEADLINE = 3600.0  # seconds for the whole file
BLOCK = 1 << 16


class _HttpOnly(request.HTTPRedirectHandler):
    """Follow redirects to http and https, and never from https to http."""

    def redirect_request(
        self, req: request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> request.Request | None:
        allowed = {"https"} if urlsplit(req.full_url).scheme == "https" else {"http", "https"}
        if urlsplit(newurl).scheme not in allowed:
            raise HTTPError(req.full_url, code, "not followed", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def is_url(text: str) -> bool:
    """Whether a source is an address; one of another scheme than http(s) is refused.

    Raises:
        DataError: ``ftp://``, ``file://`` and the like.

    Example:
        >>> is_url("https://example.org/a.zip"), is_url("downloads/a.zip")
        (True, False)
    """
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", text)
    if scheme and scheme[1].lower() not in {"http", "https"}:
        raise DataError(f"--from: expected a folder, an archive or an http(s) address. Received: {text!r}.")
    return scheme is not None


def shown_url(url: str) -> str:
    """The address without what may be secret: name, password and query.

    Example:
        >>> shown_url("https://me:secret@example.org/a.zip?token=1")
        'https://example.org/a.zip'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def download(url: str, to: Path, *, limit: int | None = None, progress: Progress | None = None) -> None:
    """Write what an address holds to a file.

    Args:
        url: An http or https address.
        to: The file; after an error it may hold a part.
        limit: Most bytes, 256 MiB by default.
        progress: Called with the file's name, bytes so far and bytes in all (None where the server does not say).

    Raises:
        DataError: No answer, an error status, a redirect that leaves http(s), too many bytes or fewer than promised.
    """
    where = shown_url(url)
    try:
        with _opener().open(request.Request(url, headers={"User-Agent": "nnrecipes"}), timeout=TIMEOUT) as response:
            _receive(response, where, to, limit or MOST_BYTES, progress or _silent)
    except HTTPError as error:
        code = error.code
        error.close()
        raise DataError(f"{where}: expected a file. Received: {_status(code)}.") from None
    except TimeoutError:
        raise DataError(f"{where}: expected an answer. Received: nothing for {TIMEOUT:g} seconds.") from None
    except (URLError, ConnectionError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        if isinstance(reason, TimeoutError):
            reason = f"nothing for {TIMEOUT:g} seconds"
        raise DataError(f"{where}: expected an answer. Received: {reason}.") from None


def _opener() -> request.OpenerDirector:
    """Only http and https: no file, ftp or data addresses."""
    opener = request.OpenerDirector()
    for handler in (request.ProxyHandler(), request.HTTPHandler(), request.HTTPSHandler(), _HttpOnly(),
                    request.HTTPDefaultErrorHandler(), request.HTTPErrorProcessor(),
                    request.UnknownHandler()):  # fmt: skip
        opener.add_handler(handler)
    return opener


def _status(code: int) -> str:
    """The status in the standard's own words: a server's might hold anything."""
    if 300 <= code < 400:
        return f"a redirect (status {code}) that is not followed: too many, or away from http(s)"
    try:
        return f"status {code} ({HTTPStatus(code).phrase})"
    except ValueError:
        return f"status {code}"


def _receive(response: HTTPResponse | Any, where: str, to: Path, limit: int, progress: Progress) -> None:
    promised = response.headers.get("Content-Length", "")
    total = int(promised) if promised.isdecimal() else None
    name, done, end = where.rpartition("/")[2] or where, 0, time.monotonic() + DEADLINE
    if total is not None and total > limit:
        raise DataError(f"{where}: expected at most {limit:,} bytes. Received: {total:,}.")
    with to.open("wb") as file:
        while block := response.read1(BLOCK):
            done += len(block)
            if done > limit:
                raise DataError(f"{where}: expected at most {limit:,} bytes. Received: more.")
            if time.monotonic() > end:
                raise DataError(
                    f"{where}: expected the file within {DEADLINE:g} seconds. Received: {done:,} bytes so far."
                )
            file.write(block)
            if done != total:
                progress(name, done, total)
    if total is not None and done != total:
        raise DataError(f"{where}: expected {total:,} bytes. Received: {done:,}; the connection ended early.")
    progress(name, done, done)


def _silent(name: str, done: int, total: int | None) -> None:
    """Say nothing."""

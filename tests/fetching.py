"""What the tests of ``nnrecipes fetch`` share: small data sets, a cache, a server of this machine, archives."""

import hashlib
import http.server
import io
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nnrecipes.cli.main import main
from nnrecipes.data.datasets import DATASETS, DataSet, File

TABLE = b"a,b\n" + b"1,2\n" * 5000
DIGITS = b"\x00\x00\x08\x01" + bytes(range(256)) * 20


def known(name: str, content: bytes) -> File:
    return File(name, len(content), hashlib.sha256(content).hexdigest())


SMALL = {
    "table": DataSet("a table", "CC0", "https://example.org", "--from x", ((known("table.csv", TABLE),),)),
    "digits": DataSet(
        "two files", "CC0", "https://example.org", "--from x", ((known("x.gz", DIGITS), known("y.gz", DIGITS[:100])),)
    ),
    "ratings": DataSet(
        "lines", "no", "https://example.org", "--from x", ((File("u.data", lines=3), File("u.item", lines=2)),)
    ),
}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("NNRECIPES_DATA", str(tmp_path / "cache"))
    for name, dataset in SMALL.items():
        monkeypatch.setitem(DATASETS, name, dataset)
    return tmp_path / "cache"


@pytest.fixture
def server() -> Iterator[tuple[str, dict[str, Callable[[http.server.BaseHTTPRequestHandler], None]]]]:
    """An address, and a table path -> answer that a test fills."""
    answers: dict[str, Callable[[http.server.BaseHTTPRequestHandler], None]] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = answers.get(self.path)
            if answer is None:
                self.send_error(404)
            else:
                answer(self)

        def log_message(self, *words: object) -> None:
            pass

    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}", answers
    httpd.shutdown()
    httpd.server_close()
    thread.join()


def gives(content: bytes, length: int | None = None) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        if length != -1:
            handler.send_header("Content-Length", str(len(content) if length is None else length))
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def leads_to(place: str) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", place)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def fails(cache: Path, capsys: pytest.CaptureFixture[str], name: str, source: str) -> str:
    """Run the command, see exit status 2, one message and a cache without a trace; return the message."""
    before = sorted(cache.rglob("*")) if cache.exists() else []
    capsys.readouterr()
    assert main(["fetch", name, "--from", source]) == 2
    assert (sorted(cache.rglob("*")) if cache.exists() else []) == before
    heard = capsys.readouterr()
    assert heard.out == ""
    assert "Traceback" not in heard.err
    return heard.err


def zipped(path: Path, members: dict[str, bytes]) -> str:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return str(path)


def tarred(path: Path, members: dict[str, bytes], *more: tarfile.TarInfo) -> str:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info in more:
            archive.addfile(info)
    return str(path)


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info

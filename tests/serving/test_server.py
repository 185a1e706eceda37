"""A server in a process of its own: start, answer, silent and slow clients, and the end."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from serving_rows import IRIS, serving

import nnrecipes as nn
from nnrecipes.cli.main import main

BODY = json.dumps(IRIS).encode()
HEAD = b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY)


def connected(url: str) -> socket.socket:
    return socket.create_connection((urlsplit(url).hostname, urlsplit(url).port), timeout=30)


def predict(url: str) -> int:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    connection.request("POST", "/predict", BODY, {"content-type": "application/json"})
    status = connection.getresponse().status
    connection.close()
    return status


def read_all(connection: socket.socket) -> bytes:
    found = b""
    while chunk := connection.recv(65_536):
        found += chunk
    return found


def test_a_real_server_answers_outlives_bad_clients_and_finishes_what_it_began(iris_run: nn.Run) -> None:
    with serving(iris_run.path, "--patience", "2", "--concurrency", "8") as (process, url), ExitStack() as open_ones:

        def connect() -> socket.socket:
            return open_ones.enter_context(connected(url))

        assert url.startswith("http://127.0.0.1:")
        assert predict(url) == 200
        if Path("/proc/self/maps").exists():
            loaded = Path(f"/proc/{process.pid}/maps").read_text()
            assert "onnxruntime" in loaded
            assert not any(f"/{name}/" in loaded for name in ("tensorflow", "pandas", "sklearn", "scipy"))
        silent, half_a_head = connect(), connect()
        half_a_head.sendall(HEAD[:30])
        garbage = connect()
        garbage.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200))
        assert b"400 Bad Request" in read_all(garbage)
        huge = connect()
        huge.sendall(HEAD.replace(b"%d" % len(BODY), b"%d" % 10**10))
        assert huge.recv(65_536).startswith(b"HTTP/1.1 413")
        slow = connect()
        slow.sendall(HEAD + BODY[:5])
        assert predict(url) == 200
        begun = time.monotonic()
        assert slow.recv(65_536).startswith(b"HTTP/1.1 408")
        for connection in (silent, half_a_head):
            assert connection.recv(10) == b""
        assert time.monotonic() - begun < 10
        in_flight = connect()
        in_flight.sendall(HEAD + BODY[:5])
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        in_flight.sendall(BODY[5:])
        answer = read_all(in_flight)
        assert answer.startswith(b"HTTP/1.1 200"), answer
        assert b'"species": "setosa"' in answer
        assert process.wait(20) == 0
        assert "Traceback" not in process.stderr.read()
        with pytest.raises(ConnectionRefusedError):
            connected(url)


def test_a_port_that_is_taken_is_one_line(iris_run: nn.Run, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["serve", str(iris_run.path), "--port", str(port)]) == 2
    assert capsys.readouterr().err.startswith(f"--port: expected a free port of 127.0.0.1. Received: {port} (")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--port", "70000"], "--port: expected a number from 0 to 65535. Received: 70000."),
        (["--max-rows", "0"], "--max-rows: expected a number above 0. Received: 0."),
        (["--host", "no.such.host.invalid"], "--host: expected an address of this machine."),
    ],
)
def test_a_wrong_option_is_one_line(iris_run: nn.Run, capsys: pytest.CaptureFixture[str], words, says) -> None:
    assert main(["serve", str(iris_run.path), *words]) == 2
    assert capsys.readouterr().err.startswith(says)


def test_a_run_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "no-such-run", "--port", "0"]) == 2
    assert "expected a run's folder" in capsys.readouterr().err


def test_help_and_the_command_line_import_no_server() -> None:
    code = "import sys; from nnrecipes.cli.main import build_parser; build_parser(); print(sorted(sys.modules))"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert not any(f"'{name}'" in found.stdout for name in ("fastapi", "uvicorn", "numpy", "pandas", "tensorflow"))

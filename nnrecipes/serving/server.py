"""A run -> a server that answers until it is told to stop, and then finishes what it has begun."""

import logging
import os
import signal
import socket
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import uvicorn

from nnrecipes.errors import RunError
from nnrecipes.serving.app import create_app
from nnrecipes.serving.connections import patient
from nnrecipes.serving.guard import Guard
from nnrecipes.serving.limits import Limits
from nnrecipes.serving.served import load_served

TOKEN = "NNRECIPES_TOKEN"
"""The environment variable with the token that clients must know."""


class _Server(uvicorn.Server):
    """uvicorn's server, which tells the app that it is stopping."""

    guard: Guard

    def handle_exit(self, sig: int, frame: Any) -> None:
        self.guard.stopping = True
        super().handle_exit(sig, frame)


def serve(
    run: str | Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    limits: Limits | None = None,
    runs_dir: str | Path | None = None,
    access_log: bool = False,
    started: Callable[[dict[str, Any]], None] = lambda _: None,
    warn: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve a run until SIGTERM or Ctrl-C.

    Args:
        run: A run's folder, the beginning of its id, or ``latest``.
        host: The address to listen at.
        port: The port; 0 takes a free one.
        limits: What one client may ask.
        runs_dir: The folder of all runs.
        access_log: Whether each request is logged.
        started: Told ``url``, ``engine``, ``run`` and ``recipe`` when the server takes requests.
        warn: Told what the user should know.

    Raises:
        RunError: There is no such run, or the port is taken.
    """
    limits = limits or Limits()
    token = os.environ.get(TOKEN, "").strip()
    listener = listen(host, port)
    with listener:
        served = load_served(run, runs_dir)
        if not token and not is_loopback(listener):
            warn(f"{host} can be reached from other machines, and there is no token: anybody there can ask. "
                 f"Set {TOKEN}, or listen at 127.0.0.1 behind a proxy that asks who is there.")  # fmt: skip
        guard = create_app(served, limits, token=token)
        server = _server(guard, limits, access_log)
        address = listener.getsockname()
        shown = f"[{address[0]}]" if ":" in address[0] else address[0]
        started({"url": f"http://{shown}:{address[1]}", "engine": served.engine, "run": served.run_id,
                 "recipe": served.recipe, "token": bool(token)})  # fmt: skip
        _run(server, listener)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        RunError: The address is none of this machine's, or the port is taken.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM,
                                                                flags=socket.AI_PASSIVE)[0]  # fmt: skip
        listener = socket.socket(family, kind, protocol)
    except (OSError, OverflowError) as error:
        raise RunError(f"--host: expected an address of this machine. Received: {host!r} ({error}).") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise RunError(f"--port: expected a free port of {host}. Received: {port} "
                       f"({error.strerror or error}).") from None  # fmt: skip
    return listener


def is_loopback(listener: socket.socket) -> bool:
    """Whether only this machine reaches a socket."""
    return ip_address(listener.getsockname()[0].partition("%")[0]).is_loopback


def _server(guard: Guard, limits: Limits, access_log: bool) -> _Server:
    config = uvicorn.Config(guard, log_level="info" if access_log else "warning", access_log=access_log,
                            server_header=False, proxy_headers=False, ws="none", timeout_keep_alive=75,
                            timeout_graceful_shutdown=int(limits.grace))  # fmt: skip
    config.load()
    config.http_protocol_class = patient(config.http_protocol_class, limits)
    server = _Server(config)
    server.guard = guard
    logging.getLogger("nnrecipes.serving").setLevel(logging.INFO if access_log else logging.WARNING)
    return server


def _run(server: _Server, listener: socket.socket) -> None:
    """Run until a signal; uvicorn raises it again at its end, and here the end is a good one."""
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        server.run(sockets=[listener])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

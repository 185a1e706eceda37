"""``nnrecipes serve``: a run behind HTTP, with a page for people."""

import argparse
import json

from nnrecipes.cli.common import Commands, add_run, say
from nnrecipes.errors import RunError


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("serve", help="answer over HTTP, with a page to try it")
    add_run(parser)
    parser.add_argument("--port", type=int, default=8000, metavar="N", help="0 takes a free one (default: 8000)")
    parser.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="where to listen (default: 127.0.0.1)")
    parser.add_argument("--max-body", type=float, default=8.0, metavar="MB", help="of a request (default: 8)")
    parser.add_argument("--max-rows", type=int, default=10_000, metavar="N", help="of a request (default: 10000)")
    parser.add_argument("--concurrency", type=int, default=128, metavar="N", help="requests at once (default: 128)")
    parser.add_argument("--patience", type=float, default=10.0, metavar="SECONDS",
                        help="for a client to send a request, and to take an answer (default: 10)")  # fmt: skip
    parser.add_argument("--grace", type=int, default=30, metavar="SECONDS",
                        help="for requests that have begun, when it is told to stop (default: 30)")  # fmt: skip
    parser.add_argument("--access-log", action="store_true", help="log each request on standard error")
    parser.add_argument("--json", action="store_true", help="print the start line as JSON")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    _check(arguments)
    try:
        from nnrecipes.serving.limits import Limits
        from nnrecipes.serving.server import serve
    except ModuleNotFoundError as error:
        raise RunError(f"serve: expected the packages of the extra serve (pip install 'nnrecipes[serve]'). "
                       f"Received: no {error.name}.") from None  # fmt: skip
    limits = Limits(body=int(arguments.max_body * 1024 * 1024), rows=arguments.max_rows,
                    concurrency=arguments.concurrency, patience=arguments.patience, grace=arguments.grace)  # fmt: skip

    def started(about: dict[str, object]) -> None:
        line = "{recipe} ({run}) by {engine} at {url} (Ctrl-C stops)".format_map(about)
        print(json.dumps(about) if arguments.json else line, flush=True)

    serve(arguments.run, host=arguments.host, port=arguments.port, limits=limits, runs_dir=arguments.runs_dir,
          access_log=arguments.access_log, started=started, warn=lambda text: say(f"warning: {text}"))  # fmt: skip
    return 0


def _check(arguments: argparse.Namespace) -> None:
    if not 0 <= arguments.port < 65_536:
        raise RunError(f"--port: expected a number from 0 to 65535. Received: {arguments.port}.")
    for name in ("max_body", "max_rows", "concurrency", "patience", "grace"):
        if not getattr(arguments, name) > 0:
            option = f"--{name.replace('_', '-')}"
            raise RunError(f"{option}: expected a number above 0. Received: {getattr(arguments, name):g}.")

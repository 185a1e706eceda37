"""``nnrecipes tensorboard``: the curves, histograms, graphs and settings of runs, in TensorBoard."""

import argparse
import contextlib
import json
import threading
from pathlib import Path
from typing import Any

from nnrecipes.cli.common import Commands, add_json, add_runs_dir
from nnrecipes.errors import RunError
from nnrecipes.runs.find import find_run
from nnrecipes.runs.layout import runs_root

WANTED = "training.callbacks.tensorboard={}"


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("tensorboard", help=f"open TensorBoard on runs that were trained with {WANTED}")
    parser.add_argument("run", metavar="RUN", nargs="?",
                        help="a run's folder, the beginning of its id, or latest (default: all runs)")  # fmt: skip
    add_runs_dir(parser)
    parser.add_argument("--port", type=int, default=6006, metavar="N", help="0 takes a free one (default: 6006)")
    add_json(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    folder = _logs(arguments)
    url = launch(folder, arguments.port)
    print(json.dumps({"url": url, "folder": str(folder)}) if arguments.json else f"TensorBoard of {folder} at {url} "
          "(Ctrl-C stops)", flush=True)  # fmt: skip
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()
    return 0


def launch(folder: Path, port: int) -> str:
    """Start TensorBoard in this process, at 127.0.0.1, and return its address.

    Raises:
        RunError: The port is taken.
    """
    from tensorboard import program

    board: Any = program.TensorBoard()
    board.configure(argv=["tensorboard", "--logdir", str(folder), "--port", str(port), "--host", "127.0.0.1"])
    try:
        return str(board.launch())
    except program.TensorBoardServerException as error:
        raise RunError(f"--port: expected a free port. Received: {port} ({' '.join(str(error).split())}).") from None


def _logs(arguments: argparse.Namespace) -> Path:
    """The folder of logs; of a run, its own.

    Raises:
        RunError: There are none.
    """
    folder = find_run(arguments.run, arguments.runs_dir).path if arguments.run else runs_root(arguments.runs_dir)
    if not any(folder.rglob("events.out.tfevents.*")):
        raise RunError(f"{folder}: expected logs of TensorBoard. Received: none. Train with {WANTED}.")
    return folder

"""``nnrecipes similar``: items like an item, or users like a user or a history."""

import argparse

from nnrecipes.cli.common import Commands, add_json, add_run, say
from nnrecipes.cli.recommend import print_frame, split_ids
from nnrecipes.errors import DataError


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("similar", help="items like an item, or users like a user or a history")
    add_run(parser)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--item", metavar="ID", help="an item of training")
    what.add_argument("--user", metavar="ID", help="a user of training")
    what.add_argument("--history", metavar="IDS", help='items of anybody, as "12,50,181": users like that')
    parser.add_argument("-k", type=int, default=10, metavar="N", help="places of the list (default: 10)")
    parser.add_argument("--min-users", type=int, default=1, metavar="N", help="leave out items with fewer users")
    add_json(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the list."""
    from nnrecipes.inference.any_run import load_recommender_run

    if arguments.k < 1:
        raise DataError(f"-k: expected a number above 0. Received: {arguments.k}.")
    finished = load_recommender_run(arguments.run, runs_dir=arguments.runs_dir)
    if arguments.item is not None:
        frame = finished.similar_items(arguments.item, k=arguments.k, min_users=arguments.min_users)
    else:
        frame = finished.similar_users(arguments.user, history=split_ids(arguments.history), k=arguments.k)
    print_frame(frame, as_json=arguments.json)
    for notice in finished.notices:
        say(notice)
    return 0

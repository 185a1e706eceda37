"""What ``nnrecipes check`` says of a recommender's recipe."""

import argparse
from typing import Any

from nnrecipes.cli.common import print_json
from nnrecipes.errors import ConfigError, DataError
from nnrecipes.recommending import check_recommender_recipe, load_recommender_data


def check_recommender(arguments: argparse.Namespace) -> int:
    """Check the recipe and the headers of its files, with ``--data`` the interactions as well; print what was found."""
    try:
        config = check_recommender_recipe(arguments.recipe, arguments.overrides).config
        found = load_recommender_data(config) if arguments.data else None
    except (ConfigError, DataError) as error:
        if not arguments.json:
            raise
        print_json({"ok": False, "problems": error.problems})
        return 2
    answer: dict[str, Any] = {"ok": True, "recipe": config.name, "model": config.model.kind, "problems": []}
    if found is not None:
        sets = found.sets
        held = {"validation": sets.validation.held_out, "test": sets.test.held_out}
        answer["users"], answer["items"] = len(found.log.users), len(found.log.items)
        answer["rows"] = {"train": len(sets.train), **{name: len(rows) for name, rows in held.items()}}
        answer["notices"] = found.notices
    if arguments.json:
        print_json(answer)
        return 0
    if found is not None:
        print(f"users: {answer['users']:,}, items: {answer['items']:,}, interactions: {len(found.log):,}")
        print("rows: " + ", ".join(f"{name} {count:,}" for name, count in answer["rows"].items()))
        for notice in found.notices:
            print(notice)
    print(f"{config.name}: no problem found ({'recipe and interactions' if found else 'recipe and headers'}).")
    return 0

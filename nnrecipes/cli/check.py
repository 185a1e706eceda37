"""``nnrecipes check``: everything that can be said of a recipe before it is trained."""

import argparse
from typing import TYPE_CHECKING, Any

from nnrecipes.cli.check_recommender import check_recommender
from nnrecipes.cli.common import Commands, add_json, add_recipe, print_json, print_table, say
from nnrecipes.config.advice import advise_config
from nnrecipes.config.load import for_rows, is_recommender, read
from nnrecipes.errors import ConfigError, DataError
from nnrecipes.recipe import check, check_data

if TYPE_CHECKING:
    from nnrecipes.data.build import Dataset


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("check", help="check a recipe and its files' headers, without TensorFlow")
    add_recipe(parser)
    parser.add_argument("--data", action="store_true", help="read and check the rows as well")
    add_json(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what was found; with ``--json`` the problems are in the answer and the exit status is still 2."""
    if is_recommender(read(arguments.recipe)):
        return check_recommender(arguments)
    try:
        loaded = check(arguments.recipe, arguments.overrides)
        dataset = check_data(loaded, notify=say) if arguments.data else None
    except (ConfigError, DataError) as error:
        if not arguments.json:
            raise
        print_json({"ok": False, "problems": error.problems})
        return 2
    config = loaded.config if dataset is None else for_rows(loaded, dataset.train_rows)
    advice = advise_config(config, **_measured(dataset))
    answer: dict[str, Any] = {
        "ok": True,
        "recipe": config.name,
        "model": config.model.kind,
        "targets": list(config.targets),
        "problems": [],
        "advice": [item.to_dict() for item in advice],
    }
    if dataset is not None:
        split = dataset.split
        answer["rows"] = {"train": dataset.train_rows, "validation": len(split.validation), "test": len(split.test)}
        answer["columns"] = {name: {"type": guess.type, "why": guess.reason} for name, guess in dataset.guesses.items()}
        answer["tasks"] = dict(dataset.tasks)
        answer["notices"] = list(dataset.notices)
    if arguments.json:
        print_json(answer)
    else:
        _print(answer)
        for item in advice:
            print(item.text)
    return 0


def _measured(dataset: "Dataset | None") -> dict[str, Any]:
    """What the rows add to advice: how many train, and how far each number spreads among them."""
    if dataset is None:
        return {}
    spread = dataset.frame.loc[dataset.split.train].std(numeric_only=True)
    return {"rows": dataset.train_rows, "spread": spread.dropna().to_dict()}


def _print(answer: dict[str, object]) -> None:
    columns = answer.get("columns")
    if isinstance(columns, dict):
        print_table([("column", "type", "why"), *((name, row["type"], row["why"]) for name, row in columns.items())])
        for name in ("tasks", "rows"):
            values = answer[name]
            if isinstance(values, dict):
                print(f"{name}: " + ", ".join(f"{key} {value}" for key, value in values.items()))
        notices = answer["notices"]
        for notice in notices if isinstance(notices, list) else []:
            print(notice)
    print(f"{answer['recipe']}: no problem found ({'recipe and rows' if columns else 'recipe and headers'}).")

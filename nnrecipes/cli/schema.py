"""``nnrecipes schema``: the JSON Schema of recipes, for editors."""

import argparse
import sys
from pathlib import Path

from nnrecipes.cli.common import Commands, say
from nnrecipes.runs.files import write_text


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("schema", help="print the JSON Schema of recipes, for an editor's completion")
    parser.add_argument("--out", metavar="FILE", help="write it to a file")
    parser.add_argument("--recommender", action="store_true", help="that of recommenders' recipes")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print or write the schema."""
    from nnrecipes.config.recipe import RecipeConfig
    from nnrecipes.config.recommender import RecommenderConfig
    from nnrecipes.config.schema import schema_text

    text = schema_text(RecommenderConfig if arguments.recommender else RecipeConfig)
    if arguments.out is None:
        sys.stdout.write(text)
        return 0
    out = Path(arguments.out)
    write_text(out, text)
    say(f"Wrote {out}. In a recipe: # yaml-language-server: $schema={out}")
    return 0

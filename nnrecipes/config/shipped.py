"""Where the shipped recipes and tables lie: inside an installed wheel, or beside the package in a checkout."""

from pathlib import Path

from nnrecipes.errors import ConfigError, did_you_mean

MODELINE = "# yaml-language-server: $schema="
PACKAGE = Path(__file__).resolve().parents[1]


def shipped(folder: str) -> Path:
    """Return the folder ``configs`` or ``data``."""
    installed = PACKAGE / "shipped" / folder
    return installed if installed.is_dir() else PACKAGE.parent / folder


def recipe_names() -> list[str]:
    """Names of the shipped recipes, sorted."""
    return sorted(path.stem for path in shipped("configs").glob("*.yaml"))


def target_recipe_names() -> list[str]:
    """Names of the shipped recipes with targets, sorted: all but the recommenders'."""
    return [name for name in recipe_names() if not is_recommender_text(_text(name))]


def offline_recipe_names() -> list[str]:
    """Names of the shipped recipes that need nothing from the data cache, sorted."""
    return [name for name in recipe_names() if "cache:" not in _text(name)]


def is_recommender_text(text: str) -> bool:
    r"""Whether the first line of a recipe refers to the schema of recommenders' recipes.

    Example:
        >>> is_recommender_text("# yaml-language-server: $schema=recommender.schema.json\nseed: 1\n")
        True
    """
    return text.startswith(MODELINE) and "recommender.schema.json" in text.partition("\n")[0]


def _text(name: str) -> str:
    return (shipped("configs") / f"{name}.yaml").read_text("utf-8")


def find_recipe(recipe: str | Path) -> Path:
    """Return the file that ``recipe`` means: a path, or the name of a shipped recipe.

    Raises:
        ConfigError: If there is no such file and no such recipe.
    """
    path = Path(recipe).expanduser()
    if path.is_file():
        return path
    shipped_file = shipped("configs") / f"{recipe}.yaml"
    if path.name == str(recipe) and shipped_file.is_file():
        return shipped_file
    near = did_you_mean(path.stem if path.suffix in {".yaml", ".yml"} else recipe, recipe_names())
    known = ", ".join(recipe_names())
    raise ConfigError(f"{recipe}: expected a recipe's YAML file or one of: {known}. Received: {str(recipe)!r}.{near}")


def schema_file(*, recommender: bool = False) -> Path:
    """The JSON Schema that the package ships, of recipes with targets or of recommenders'."""
    return shipped("configs") / ("recommender.schema.json" if recommender else "recipe.schema.json")


def with_schema(text: str) -> str:
    r"""Return a recipe's text with a first line that tells editors where the installed schema lies.

    Example:
        >>> with_schema("# yaml-language-server: $schema=recipe.schema.json\nseed: 1\n").splitlines()[1:]
        ['seed: 1']
    """
    rest = text.partition("\n")[2] if text.startswith(MODELINE) else text
    return f"{MODELINE}{schema_file(recommender=is_recommender_text(text)).as_uri()}\n{rest}"


def summary(path: Path) -> str:
    """The first sentence of a recipe's header comment."""
    for line in path.read_text("utf-8").splitlines():
        text = line.lstrip("# ").strip()
        if line.startswith("#") and text and not text.startswith("yaml-language-server"):
            return text
    return ""

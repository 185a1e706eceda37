"""A table of items -> the title of each item."""

from nnrecipes.config.interactions import ItemsConfig
from nnrecipes.data.log_file import read_log


def load_titles(config: ItemsConfig) -> dict[str, str]:
    """Return item id -> title; of an item that comes twice the last row counts.

    Raises:
        DataError: No such file or column, or an empty cell.
    """
    log = read_log(config.source, None, ids={"item": config.item, "title": config.title})
    (items, item), (titles, title) = log.ids["item"], log.ids["title"]
    return {str(items[code]): str(titles[name]) for code, name in zip(item, title, strict=True)}

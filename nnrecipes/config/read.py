"""YAML 1.2 text -> plain values and the line of every key: ``no`` is a word, ``1e-6`` a number."""

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nnrecipes.config.problem import Key, Problem
from nnrecipes.errors import ConfigError

PLAIN = "tag:yaml.org,2002:"
TAGS = {"str", "int", "float", "bool", "null", "map", "seq", "timestamp", "merge"}
MOST_VALUES = 10_000
MOST_BYTES = 1_000_000


@dataclass
class Raw:
    """A recipe as it was written.

    Args:
        values: Plain dicts, lists, strings and numbers.
        origin: The file's name, for messages.
        base: The folder against which relative paths resolve.
        lines: Key -> line, counted from 1.
        problems: What is already known to be wrong (duplicate keys).
        overridden: The keys that came from overrides.
    """

    values: dict[str, Any]
    origin: str
    base: Path
    lines: dict[Key, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    overridden: list[Key] = field(default_factory=list)

    def line(self, key: Key) -> int | None:
        """The line of the nearest place of the file that is known."""
        return next((self.lines[key[:n]] for n in range(len(key), 0, -1) if key[:n] in self.lines), None)

    def render(self, problem: Problem) -> str:
        """One problem as a line, at its file and line, or at its override."""
        if any(problem.key[: len(key)] == key for key in self.overridden):
            return problem.text("override")
        line = self.line(problem.key)
        return problem.text(self.origin if line is None else f"{self.origin}:{line}")


def read_mapping(values: Mapping[str, Any], *, origin: str = "config") -> Raw:
    """Return a recipe given from Python; relative paths resolve against the current folder."""
    return Raw(plain(values), origin, Path.cwd())


def read_yaml(path: Path) -> Raw:
    """Return the recipe in a YAML file.

    Raises:
        ConfigError: If the file cannot be read, is not YAML, or is not a mapping.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: expected a readable file. Received: {error.strerror}.") from None
    if len(content) > MOST_BYTES:
        raise ConfigError(f"{path}: expected a recipe of at most {MOST_BYTES:,} bytes. Received: {len(content):,}.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}:{line}: expected UTF-8 text. Received: byte 0x{content[error.start]:02x}.") from None
    return _parse(text, path)


def _parse(text: str, path: Path) -> Raw:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    yaml = YAML(typ="safe", pure=True)
    yaml.allow_duplicate_keys = True
    try:
        root = yaml.compose(text)
        raw = Raw({}, str(path), path.resolve().parent)
        if root is None or root.id != "mapping":
            raise ConfigError(f"{path}: expected a mapping with the sections of a recipe. Received: {_kind(root)}.")
        _walk(root, (), raw, [0])
        raw.values = plain(YAML(typ="safe", pure=True).load(text) if not raw.problems else yaml.load(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark else ""
        raise ConfigError(f"{path}{line}: expected YAML. Received: {error.problem or error.context}.") from None
    except (YAMLError, ValueError, RecursionError) as error:
        reason = str(error).partition("\n")[0] or "it is nested too deeply"
        raise ConfigError(f"{path}: expected YAML. Received: {reason}.") from None
    return raw


def _kind(node: Any) -> str:
    return "an empty file" if node is None else f"a {node.id}"


def _walk(node: Any, key: Key, raw: Raw, count: list[int]) -> None:
    count[0] += 1
    if count[0] > MOST_VALUES or len(key) > 50:
        raise ConfigError(f"{raw.origin}: expected at most {MOST_VALUES:,} values, 50 deep. Received: more.")
    if str(node.tag or PLAIN + "str").removeprefix(PLAIN) not in TAGS:
        raise ConfigError(
            f"{raw.origin}:{node.start_mark.line + 1}: expected plain YAML without tags. Received: {node.tag}."
        )
    raw.lines.setdefault(key, node.start_mark.line + 1)
    if node.id == "sequence":
        for index, item in enumerate(node.value):
            raw.lines[*key, index] = item.start_mark.line + 1
            _walk(item, (*key, index), raw, count)
    elif node.id == "mapping":
        for name, item in node.value:
            place = (*key, str(name.value))
            if place in raw.lines:
                first = raw.lines[place]
                raw.problems.append(
                    Problem(
                        place, f"this key once (first on line {first})", f"it again on line {name.start_mark.line + 1}"
                    )
                )
                continue
            raw.lines[place] = name.start_mark.line + 1
            _walk(item, place, raw, count)


def plain(value: Any) -> Any:
    """Values as JSON holds them: string keys, lists, ISO dates, Python numbers."""
    if isinstance(value, Mapping):
        return {_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, datetime.date | datetime.datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    return value


def _key(key: Any) -> str:
    return key if isinstance(key, str) else json.dumps(plain(key), default=str)

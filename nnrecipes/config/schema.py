"""The recipe's sections -> a JSON Schema (draft 7) with which editors complete, explain and check a YAML file.

It follows the loader: a name alone where the loader takes one, ``kind`` where a section needs it, ``name`` optional.
What no schema can say stays with ``nnrecipes check``: columns, and how sections fit each other. In one thing it is
stricter: Keras' names in the spellings of the table, of Keras' classes and of the aliases, not in any mixture of cases.
"""

import json
import re
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from nnrecipes.config.names import ALIASES, canonical, nested_category, table
from nnrecipes.config.recipe import RecipeConfig

Schema = dict[str, Any]
ABOVE_ZERO = {"learning_rate", "epsilon"}
BELOW_ONE = {"momentum", "beta_1", "beta_2", "rho", "ema_momentum"}
CLIPS = {"clipnorm", "clipvalue", "global_clipnorm"}


class _Generator(GenerateJsonSchema):
    """Keep which kind a union takes where the recipe names none."""

    def tagged_union_schema(self, schema: Any) -> Schema:
        found = super().tagged_union_schema(schema)
        defaults = getattr(schema["discriminator"], "__defaults__", None)  # those of `kind_or`
        return {**found, "default_kind": defaults[0]} if defaults else found


def recipe_schema(root_section: type[BaseModel] = RecipeConfig) -> Schema:
    """Return the schema of a recipe with targets, or of another root section.

    Example:
        >>> schema = recipe_schema()
        >>> schema["required"], schema["definitions"]["Layers"]["required"]
        (['data', 'targets', 'model'], ['kind', 'layers'])
    """
    raw = root_section.model_json_schema(schema_generator=_Generator, ref_template="#/definitions/{model}")
    definitions = raw.pop("$defs")
    _require_kinds([raw, definitions], definitions)
    sections = {name.removesuffix("Config"): _described(_plain(section)) for name, section in definitions.items()}
    root = _described(_plain(raw))
    root["required"] = [name for name in root["required"] if name != "name"]
    named = {f"keras_{category}": _names(category) for category in table()}
    return {"$schema": "http://json-schema.org/draft-07/schema#", "title": "A recipe of nnrecipes", **root,
            "definitions": dict(sorted(sections.items())) | named}  # fmt: skip


def schema_text(root_section: type[BaseModel] = RecipeConfig) -> str:
    """Return the schema as the text of the shipped file: a definition a line."""
    schema = recipe_schema(root_section)
    definitions = schema.pop("definitions")
    head = json.dumps(schema, indent=1, ensure_ascii=False).removesuffix("\n}")
    lines = ",\n".join(
        f"  {json.dumps(name)}: {json.dumps(item, ensure_ascii=False)}" for name, item in definitions.items()
    )
    return f'{head},\n "definitions": {{\n{lines}\n }}\n}}\n'


def _require_kinds(node: Any, definitions: Schema) -> None:
    """Require ``kind`` of every member of a union but the one that stands for none; take bare names of kinds."""
    if isinstance(node, list):
        for item in node:
            _require_kinds(item, definitions)
    elif isinstance(node, dict):
        default = node.pop("default_kind", None)
        if node.pop("discriminator", None) or default:
            for member in node["oneOf"]:
                section = definitions[member["$ref"].rpartition("/")[2]]
                if section["properties"]["kind"]["const"] != default:
                    section["required"] = list(dict.fromkeys(["kind", *section.get("required", [])]))
        if node.pop("kind_alone", None):
            sections = [definitions[member["$ref"].rpartition("/")[2]] for member in node["oneOf"]]
            alone = [s["properties"]["kind"]["const"] for s in sections if {*s.get("required", [])} <= {"kind"}]
            node["oneOf"] = [*node["oneOf"], {"enum": alone}]
        _require_kinds(list(node.values()), definitions)


def _plain(node: Any, names: bool = False) -> Any:
    """Drop pydantic's titles and the defaults of whole sections; refer to Keras' names; draft 7 throughout.

    Args:
        node: Any part of the schema.
        names: Whether the keys of ``node`` are a recipe's own keys.
    """
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    if names:
        return {key: _plain(item) for key, item in node.items()}
    if "keras" in node:
        return {
            "$ref": f"#/definitions/keras_{node['keras']}",
            **({"default": node["default"]} if "default" in node else {}),
        }
    found: Schema = {}
    for key, item in node.items():
        if key == "title" or (key == "default" and isinstance(item, dict)):
            continue
        if key == "$ref":
            found[key] = item.removesuffix("Config")
        elif key == "prefixItems":
            found["items"] = _plain(item)
        else:
            found["anyOf" if key == "oneOf" else key] = _plain(item, names=key == "properties")
    return found


def _described(section: Schema) -> Schema:
    """Give each key the sentences of its section's docstring that name it."""
    text = section.get("description", "")
    sentences = re.split(r"(?<=[.;])\s+(?=\S)", " ".join(text.split()))
    for name, place in section.get("properties", {}).items():
        about = " ".join(sentence for sentence in sentences if f"``{name}``" in sentence)
        if about and name != "kind":
            place["description"] = _markdown(about)
    return section | {"description": _markdown(text)} if text else section


def _markdown(text: str) -> str:
    return text.replace("``", "`").replace("\n\n", "\0").replace("\n", " ").replace("\0", "\n\n")


def _names(category: str) -> Schema:
    """Return what may stand for one of Keras' optimizers, losses, ...: a name, or a mapping with its arguments."""
    entries = table()[category]
    if category == "activations":
        return {"enum": [spelling for kind in entries for spelling in _spellings(category, kind)]}
    mappings = [_mapping(category, kind) for kind in entries]
    alone = [kind for kind, entry in entries.items() if not _required(entry)]
    return {"anyOf": [{"enum": [spelling for kind in alone for spelling in _spellings(category, kind)]}, *mappings]}


def _spellings(category: str, kind: str) -> list[str]:
    aliases = [alias for alias, name in ALIASES.get(category, {}).items() if name == kind]
    names = [kind, *aliases, table()[category][kind]["class"]]
    return [name for name in dict.fromkeys(names) if canonical(category, name) == kind]


def _required(entry: Schema) -> list[str]:
    return [key for key, value in entry["arguments"].items() if isinstance(value, dict) and "required" in value]


def _mapping(category: str, kind: str) -> Schema:
    entry = table()[category][kind]
    arguments = {key: _argument(category, key, default) for key, default in entry["arguments"].items()}
    needed = [] if (category, kind) == ("optimizers", "adam") else ["kind"]  # an optimizer without a name is Adam
    found = {"type": "object", "properties": {"kind": {"enum": _spellings(category, kind)}, **arguments},
             "required": [*needed, *_required(entry)], "additionalProperties": False}  # fmt: skip
    return found if found["required"] else {key: value for key, value in found.items() if key != "required"}


def _argument(category: str, key: str, default: Any) -> Schema:
    if isinstance(default, dict):
        return {}
    if isinstance(default, bool):
        return {"type": "boolean", "default": default}
    if isinstance(default, int | float):
        bounds: Schema = {"exclusiveMinimum": 0} if key in ABOVE_ZERO else {}
        bounds = {"minimum": 0, "exclusiveMaximum": 1} if key in BELOW_ONE else bounds
        return {"type": "number", **bounds, "default": default}
    if key in CLIPS:
        return {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "null"}], "default": None}
    if category == "layers" and (nested := nested_category(key)):
        return {"anyOf": [{"$ref": f"#/definitions/keras_{nested}"}, {"type": "null"}], "default": default}
    return {"default": default}

"""A run and its exported file -> a model card in Markdown.

References:
    Mitchell et al. (2019), Model cards for model reporting. https://doi.org/10.1145/3287560.3287596
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nnrecipes.inference.export.export import Exported
    from nnrecipes.inference.export.subject import Subject

SHOWN = 12
"""Categories of a column that the card names."""
LOADS = {
    "keras": ('model = keras.saving.load_model("{file}", safe_mode=True)\n'
              'answers = model({{"{column}": tf.constant([[...]])}})  # every column below'),
    "saved_model": ('model = tf.saved_model.load("{file}")\n'
                    'answers = model.serve({{"{column}": tf.constant([[...]])}})  # every column below'),
    "onnx": ('session = onnxruntime.InferenceSession("{file}")\n'
             'answers = session.run(None, {{"{column}": np.array([[...]])}})  # every column below'),
    "litert": ('runner = Interpreter("{file}").get_signature_runner("serve")\n'
               "answers = runner({column}=np.array([[...]]))  # every column below, by its key"),
}  # fmt: skip


def model_card(subject: "Subject", made: "Exported", schema: Mapping[str, Any]) -> str:
    """Return the card."""
    story = subject.story()
    provenance = story["provenance"]
    first = schema["inputs"][0]
    load = LOADS[made.format].format(file=made.path.name, column=first["key" if made.format == "litert" else "name"])
    parts = [
        f"# {subject.recipe}",
        f"{made.path.name}: raw rows in, named answers out. Made by nnrecipes {_version(provenance)} from the run "
        f"`{schema['run']}` of the recipe `{subject.recipe}`; {story['parameters']:,} weights.",
        f"## Use\n\n```python\n{load}\n```",
        "## Rows\n\nEach input has the shape `(rows, *shape)`. NaN stands for a missing number, an empty text for a "
        "missing category or text, zeros for a missing image. Images may be of another height and width."
        " \n\n" + _inputs(schema),
        "## Answers\n\n" + _outputs(schema),
        "## Data\n\n" + _data(provenance),
        "## How good it is\n\nTest rows, which nothing was chosen on, with 95 % intervals of the bootstrap.\n\n"
        + _scores(story["metrics"]),
        "## Tried\n\n" + _parity(made),
        "## Limits\n\n" + _limits(schema, provenance),
    ]
    return "\n\n".join(parts) + "\n"


def _version(provenance: Mapping[str, Any]) -> str:
    return str(dict(provenance.get("versions") or {}).get("nnrecipes", "?"))


def _inputs(schema: Mapping[str, Any]) -> str:
    rows = ["| column | type | shape | may be missing | training rows had |", "|---|---|---|---|---|"]
    for item in schema["inputs"]:
        missing = "no" if item["required"] else "yes"
        rows.append(f"| {_cell(item['name'])} | {item['dtype']} ({item['kind']}) | {item['shape']} | {missing} "
                    f"| {_had(item)} |")  # fmt: skip
    return "\n".join(rows)


def _had(item: Mapping[str, Any]) -> str:
    if item["categories"] is not None:
        names = item["categories"]
        shown = ", ".join(map(_cell, names[:SHOWN]))
        return shown + (f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else "")
    if item["range"] is not None:
        low, high = item["range"]
        return f"{low:g} to {high:g}" if item["exact"] else f"about {low:g} to {high:g}"
    return ""


def _outputs(schema: Mapping[str, Any]) -> str:
    rows = ["| answer | what | shape |", "|---|---|---|"]
    for item in schema["outputs"]:
        rows.append(f"| {_cell(item['name'])} | {_what(item)} | {item['shape']} |")
        if item["label"]:
            marks = item["task"] == "multilabel"
            about = "0 or 1 for each label" if marks else "the class by name"
            rows.append(f"| {_cell(item['label'])} | {about} | {item['shape'] if marks else [1]} |")
    return "\n".join(rows)


def _what(item: Mapping[str, Any]) -> str:
    if item["classes"]:
        threshold = "" if item["threshold"] is None else f"; above {item['threshold']:g} the second one"
        calibrated = "" if item["calibration"] == "none" else f", calibrated ({item['calibration']})"
        return f"probabilities of {', '.join(map(_cell, item['classes']))}{calibrated}{threshold}"
    if item["quantiles"]:
        return f"quantiles {', '.join(f'{level:g}' for level in item['quantiles'])}, in the target's unit"
    return {"regression": "the number, in the target's unit", "identity": "a vector of length 1"}.get(
        item["task"], str(item.get("about", item["task"])))  # fmt: skip


def _data(provenance: Mapping[str, Any]) -> str:
    data = provenance.get("data", {})
    counts = {name: rows if isinstance(rows, int) else len(rows) for name, rows in provenance.get("rows", {}).items()}
    sets = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    return (f"{data.get('origin', 'unknown')}, sha256 `{data.get('sha256', 'unknown')}`"
            + (f"; rows: {sets}." if sets else "."))  # fmt: skip


def _scores(metrics: Mapping[str, Any]) -> str:
    rows = ["| target | metric | network | baselines |", "|---|---|---|---|"]
    for name, scored in metrics.items():
        known = [(metric, value) for metric, value in scored["metrics"].items() if value["value"] is not None]
        for metric, value in known[:5]:
            beside = ", ".join(f"{who} {found[metric]:.4g}" for who, found in scored.get("baselines", {}).items()
                               if isinstance(found.get(metric), int | float))  # fmt: skip
            low, high = value.get("low"), value.get("high")
            interval = "" if low is None or high is None else f" ({low:.4g} to {high:.4g})"
            rows.append(f"| {_cell(name)} | {metric} | {value['value']:.4g}{interval} | {beside} |")
    return "\n".join(rows)


def _parity(made: "Exported") -> str:
    worst = ", ".join(f"{name} {value:.1e}" for name, value in made.differences.items())
    return (f"The file was loaded in its own runtime and asked for {made.rows:,} rows, among them extremes, gaps and "
            "categories that training never saw. It differs from the run by at most {made.max_difference:.1e} "
            f"({worst}); of numbers, that is a share of the number or of the training labels' spread.")  # fmt: skip


def _limits(schema: Mapping[str, Any], provenance: Mapping[str, Any]) -> str:
    lines = ["- It knows nothing beyond what its training rows had; ranges and categories stand above."]
    lines += [f"- {notice}" for notice in provenance.get("notices", [])]
    coarse = [item["name"] for item in schema["inputs"] if item["kind"] == "number" and item["range"]
              and max(map(abs, item["range"])) > 1e3 * ((item["range"][1] - item["range"][0]) or 1.0)]  # fmt: skip
    if coarse:
        lines.append(f"- float32 holds seven digits, few of which tell the rows apart in {', '.join(coarse)}.")
    if any(item["kind"] == "image" for item in schema["inputs"]):
        lines.append("- Images of one call have one size; others than the above are resized, by a bilinear filter.")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")

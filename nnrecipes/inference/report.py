"""A finished run of any kind -> its report: one HTML file that needs nothing else, not even a script.

Summary, data, audit, network, curves, scores with intervals and baselines, the worst errors, the recipe and how to load
it. Whatever comes from data or a recipe is escaped, and a policy in the page forbids it to load anything.
"""

import base64
import io
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnrecipes.errors import NnRecipesError
from nnrecipes.inference.stored import StoredRun
from nnrecipes.inference.summary import decision_text, metric_rows
from nnrecipes.inference.worst import worst_errors
from nnrecipes.runs.files import write_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
STYLE = Path(__file__).with_name("report.css")
VERBS = {
    "network": ('predict("rows.csv")', "predict {} --data rows.csv --out answers.csv"),
    "recommender": ('recommend(history=["..."])', 'recommend {} --history "..."'),
    "autoencoder": ('encode("rows.csv")', "encode {} --data rows.csv --out codes.csv"),
}
LONGEST = 200
"""Letters of one value."""
Cells = Sequence[object]


def write_report(run: StoredRun, out: str | Path | None = None, *, audit: Mapping[str, Any] | None = None) -> Path:
    """Write the report of a run and return its path.

    Args:
        run: Any finished run.
        out: The file, ``report.html`` in the run's folder by default.
        audit: What ``nn.audit(...).to_dict()`` gives, for the report to show.

    Raises:
        RunError: The file cannot be written, or one of the run's is missing or altered.
    """
    path = Path(out) if out is not None else run.path / "report.html"
    write_text(path, report_html(run, audit))
    return path


def report_html(run: StoredRun, audit: Mapping[str, Any] | None = None) -> str:
    """Return the report as one HTML document; see :func:`write_report`."""
    parts = {
        "Summary": _summary(run),
        "Scores": _scores(run),
        "Worst errors": _worst(run),
        "Curves": _figure("Loss and metrics of each epoch", run.plot_history) if run.history else "",  # type: ignore[attr-defined]
        "Network": _network(run),
        "Data": _data(run),
        "Audit": _audit(audit),
        "Load it": _loading(run),
        "Recipe": _recipe(run),
    }
    there = {title: body for title, body in parts.items() if body}
    links = "".join(f'<a href="#{_anchor(title)}">{title}</a>' for title in there)
    sections = "".join(
        f'<section id="{_anchor(title)}"><h2>{title}</h2>{body}</section>' for title, body in there.items()
    )
    name = escape(run.folder.recipe)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name} · nnrecipes</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<style>{STYLE.read_text('utf-8')}</style></head><body><header><h1>{name}</h1>"
        f'<p class="quiet">Run {escape(run.folder.id)}, {escape(str(run.provenance["started"])[:19])} UTC</p></header>'
        f'<nav aria-label="Sections">{links}</nav><main>{sections}</main></body></html>\n'
    )


def _summary(run: StoredRun) -> str:
    lines = []
    for scored in run.metrics.values():
        if verdict := scored.get("verdict"):
            kind = "good" if "The network beats" in verdict else ""
            lines.append(f'<p class="verdict {kind}">{escape(verdict)}</p>')
    lines += [f"<p>{escape(item.text)}</p>" for item in run.advice]
    facts = run.provenance
    lines.append(f'<p class="quiet">{facts.get("parameters", 0):,} parameters, {facts.get("epochs", 0):,} epochs, '
                 f'{facts.get("seconds", 0):,.1f} s ({facts.get("cpu_seconds", 0):,.1f} s of processor time), '
                 f"seed {facts.get('seed')}.</p>")  # fmt: skip
    return "".join(lines)


def _scores(run: StoredRun) -> str:
    found = []
    for name, scored in run.metrics.items():
        rows = [row[1:] for row in metric_rows({name: scored})]
        rest = f" of {scored['rows']:,} test rows" if "rows" in scored else ""
        found.append(f"<h3>{escape(name)}</h3><p class='quiet'>{escape(str(scored.get('task', '')))}{rest}</p>")
        found.append(_table(("metric", "test", "95 % interval", "baselines"), rows, numbers=(1, 2)))
        if decided := decision_text(scored):
            found.append(f"<p>{escape(decided)}.</p>")
    return "".join([*found, *(_figure(title, draw) for title, draw in _plots(run))])


def _plots(run: StoredRun) -> Iterator[tuple[str, Callable[[], "Figure"]]]:
    """What a run can draw of its test rows from its own files."""
    spec = getattr(run, "spec", None)
    for target in getattr(spec, "targets", ()):
        if target.task in ("binary", "multiclass") and "confusion" in run.metrics.get(target.name, {}):
            yield f"{target.name}: confusion of the test rows", lambda name=target.name: run.plot_confusion(name)  # type: ignore[attr-defined, misc]
        if target.task == "regression" and run.folder.predictions.is_file():
            yield f"{target.name}: predicted against true", lambda name=target.name: run.plot_predicted(name)  # type: ignore[attr-defined, misc]
    if hasattr(run, "plot_ranking") and "ranking" in run.metrics:
        yield "The lists beside the baselines", run.plot_ranking


def _worst(run: StoredRun) -> str:
    found = []
    for target, header, rows in worst_errors(run):
        found.append(f"<h3>{escape(target)}</h3>{_table(header, rows, numbers=(0, len(header) - 1))}")
    return "".join(found)


def _network(run: StoredRun) -> str:
    facts = run.provenance
    rows = [("parameters", f"{facts.get('parameters', 0):,}"), ("epochs", f"{facts.get('epochs', 0):,}"),
            ("updates", f"{facts.get('updates', 0):,}"), ("trainer", facts.get("trainer", "–")),
            ("seed", facts.get("seed"))]  # fmt: skip
    return _table(("what", "value"), rows) + _figure("The layers, their shapes and parameters", lambda: _graph(run))


def _graph(run: StoredRun) -> "Figure":
    from nnrecipes.evaluation.plots.graph import plot_graph

    return plot_graph(run.model)


def _data(run: StoredRun) -> str:
    facts = run.provenance
    data = facts["data"]
    rows = [("from", data["origin"]), ("sha256", data["sha256"])]
    if recipe := getattr(run, "config", None):
        rows.append(("split", recipe.data.split.kind))
    counts = {name: count if isinstance(count, int) else len(count) for name, count in facts["rows"].items()}
    rows += [(f"{name} rows", f"{count:,}") for name, count in counts.items()]
    rows += [(name, str(facts[name])) for name in ("users", "items") if name in facts]
    columns = list(data.get("columns", {}).items())
    notes = "".join(f"<p>{escape(_cut(line))}</p>" for line in facts.get("notices", ()))
    return (_table(("what", "value"), rows) + notes + f"<details><summary>{len(columns):,} columns</summary>"
            + _table(("column", "type"), columns) + "</details>")  # fmt: skip


def _audit(audit: Mapping[str, Any] | None) -> str:
    if audit is None:
        return ""
    kind = "good" if audit["clean"] else "bad"
    rows = [(check["changed"], check["checked"], check["verdict"]) for check in audit["checks"]]
    warnings = "".join(f"<p>warning: {escape(_cut(line))}</p>" for line in audit["warnings"])
    return (f'<p class="verdict {kind}">{escape(_cut(audit["verdict"]))}</p>'
            f"{_table(('changed', 'checked', 'verdict'), rows)}{warnings}")  # fmt: skip


def _loading(run: StoredRun) -> str:
    verb, words = VERBS[run.provenance.get("kind", "network")]
    code = f"import nnrecipes as nn\n\nrun = nn.load_run({str(run.path)!r})\nanswers = run.{verb}"
    shell = f"nnrecipes {words.format(shlex.quote(str(run.path)))}"
    versions = ", ".join(f"{name} {number}" for name, number in run.provenance["versions"].items())
    git = run.provenance.get("git")
    changes = "" if not git or git["clean"] else ", with changes"
    commit = f"<p class='quiet'>git {escape(git['commit'])}{changes}</p>" if git else ""
    return f"<pre>{escape(code)}</pre><pre>{escape(shell)}</pre><p class='quiet'>{escape(versions)}</p>{commit}"


def _recipe(run: StoredRun) -> str:
    text = run.folder.config.read_text("utf-8")
    return f"<details><summary>config.yaml, every default written out</summary><pre>{escape(text)}</pre></details>"


def _figure(caption: str, draw: "Callable[[], Figure]") -> str:
    """A drawing as an image in the page; where it cannot be made, why."""
    try:
        stream = io.BytesIO()
        draw().savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    except NnRecipesError as error:
        return f"<p class='quiet'>{escape(caption)}: {escape(str(error))}</p>"
    data = base64.b64encode(stream.getvalue()).decode("ascii")
    return (f'<figure><img alt="{escape(_cut(caption))}" src="data:image/svg+xml;base64,{data}">'
            f'<figcaption class="quiet">{escape(_cut(caption))}</figcaption></figure>')  # fmt: skip


def _table(header: Sequence[str], rows: Sequence[Cells], numbers: Sequence[int] = ()) -> str:
    marks = [' class="number"' if place in numbers else "" for place in range(len(header))]
    head = "".join(f'<th scope="col"{mark}>{escape(name)}</th>' for name, mark in zip(header, marks, strict=True))

    def line(row: Cells) -> str:
        cells = (f"<td{mark}>{escape(_cut(cell))}</td>" for cell, mark in zip(row, marks, strict=True))
        return f"<tr>{''.join(cells)}</tr>"

    body = "".join(map(line, rows))
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cut(value: object) -> str:
    text = str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")

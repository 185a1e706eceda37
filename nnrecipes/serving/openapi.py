"""The fields and answers of a run -> the JSON Schemas of a row and of its answer, for the OpenAPI document."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nnrecipes.inference.export.column import Column
from nnrecipes.serving.fields import LARGEST, Answer
from nnrecipes.serving.limits import Limits
from nnrecipes.serving.problem import MEDIA_TYPE, FieldProblem

if TYPE_CHECKING:
    from pydantic import BaseModel

Schema = dict[str, Any]
TEXT = r"^[^\x00]*$"
STATUSES = {400: "No JSON", 401: "No token, or another one",
            404: "An id that training did not have", 408: "The body came too slowly",
            413: "Too many bytes", 415: "Another content type", 422: "Values that the model cannot take",
            500: "A mistake of the server's, with an id for its log", 503: "Too busy, or stopping"}  # fmt: skip

PLAIN = tuple(status for status in STATUSES if status != 404)


def row_schema(fields: Sequence[Column]) -> Schema:
    """The schema of one row."""
    return {"type": "object", "title": "Row", "required": [field.name for field in fields],
            "properties": {field.name: _value(field) for field in fields}}  # fmt: skip


def answer_schema(answers: Sequence[Answer]) -> Schema:
    """The schema of one answer; names are those of ``nnrecipes predict``."""
    properties: Schema = {}
    for answer in answers:
        properties |= _outputs(answer)
    return {"type": "object", "title": "Answer", "required": list(properties), "properties": properties}


def predict_operation(fields: Sequence[Column], answers: Sequence[Answer], limits: Limits) -> Schema:
    """What the OpenAPI document says of ``POST /predict``."""
    row, answer = row_schema(fields), answer_schema(answers)
    one_or_many = {"oneOf": [row, {"type": "array", "items": row, "minItems": 1, "maxItems": limits.rows}]}
    answered = {"oneOf": [answer, {"type": "array", "items": answer}]}
    return {
        "summary": "One row or many: named answers",
        "requestBody": {"required": True, "content": {"application/json": {"schema": one_or_many}}},
        "responses": {"200": {"description": "One answer a row, in their order",
                              "content": {"application/json": {"schema": answered}}},
                      **problem_responses()},
    }  # fmt: skip


def body_operation(model: "type[BaseModel]", answer: Schema) -> Schema:
    """What the OpenAPI document says of a route whose body is a pydantic model."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": model.model_json_schema()}}},
            "responses": {"200": {"description": "The list", "content": {"application/json": {"schema": answer}}},
                          **problem_responses((*PLAIN, 404))}}  # fmt: skip


def as_problem(line: str) -> FieldProblem:
    """Return one line of an error of the package (``where: expected ... Received: ...``) as a problem.

    Example:
        >>> as_problem("users: expected one of the 3 users of training. Received: 'x'.").received
        "'x'."
    """
    where, _, rest = line.partition("expected ")
    expected, _, received = rest.partition(" Received: ")
    return FieldProblem(where.strip(": "), expected.rstrip("."), received)


def problem_responses(statuses: Sequence[int] = PLAIN) -> Schema:
    """What the OpenAPI document says of requests that get no answer."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {str(status): {"description": STATUSES[status], "content": content} for status in statuses}


def problem_schema() -> Schema:
    """The schema of a problem (RFC 9457), with the fields that do not fit."""
    text = {"type": "string"}
    error = {"type": "object", "required": ["field", "expected", "received", "message"], "properties": {
        "row": {"type": ["integer", "null"]}, "field": text, "expected": text, "received": text,
        "did_you_mean": {"type": ["string", "null"]}, "message": text}}  # fmt: skip
    return {"type": "object", "required": ["type", "title", "status", "id", "errors"], "properties": {
        "type": text, "title": text, "status": {"type": "integer"}, "id": text,
        "errors": {"type": "array", "items": error}, "more_errors": {"type": "integer"}}}  # fmt: skip


def _value(field: Column) -> Schema:
    number: Schema = {"type": "number", "minimum": -LARGEST, "maximum": LARGEST}
    match field.kind:
        case "number":
            found = {**number, **_range(field)}
        case "category":
            found = {"type": ["string", "number", "boolean"], "pattern": TEXT, "minimum": -LARGEST,
                     "maximum": LARGEST, "examples": list(field.levels[:20])}  # fmt: skip
        case "text":
            found = {"type": "string", "pattern": TEXT}
        case "image":
            found = {"type": "string", "contentEncoding": "base64", "description": "An image file, or its data URL"}
        case "series":
            found = {"type": "array", "minItems": 1, "items": {**number, "type": ["number", "null"]}}
        case "date":
            found = {"type": "string", "format": "date", "examples": ["2024-01-31"]}
    if field.required:
        return {**found, "minLength": 1} if "string" in found["type"] else found
    kinds = found["type"] if isinstance(found["type"], list) else [found["type"]]
    return {**found, "type": [*kinds, "null"]}


def _range(field: Column) -> Schema:
    if field.range is None:
        return {}
    low, high = field.range
    known = "Training rows lie" if field.exact else "Training rows lie about"
    return {"description": f"{known} between {low:g} and {high:g}", "examples": [round((low + high) / 2, 3)]}


def _outputs(answer: Answer) -> Schema:
    number: Schema = {"type": "number"}
    probabilities = {f"{answer.name}_probability_{name}": {"type": "number", "minimum": 0, "maximum": 1.000001}
                     for name in answer.classes}  # fmt: skip
    match answer.task:
        case "regression":
            return {answer.name: number} | {f"{answer.name}_quantile_{level:g}": number for level in answer.quantiles}
        case "multilabel":
            return {f"{answer.name}_{name}": {"enum": [0, 1]} for name in answer.classes} | probabilities
        case "identity":
            return {f"{answer.name}_embedding_1": number}
    return {answer.name: {"enum": list(answer.classes)}} | probabilities

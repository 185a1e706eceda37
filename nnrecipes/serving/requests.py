"""What a recommender is asked, as strict pydantic models, and what is wrong with a body in the words of all errors."""

from collections.abc import Callable
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from nnrecipes.serving.problem import FieldProblem, RefusedError, nearest, shown
from nnrecipes.serving.rows import read_json


def is_whole(value: object) -> bool:
    """Whether a value is a float without a fraction, which JSON does not tell from an integer.

    Example:
        >>> is_whole(3.0), is_whole(3.5), is_whole("3")
        (True, False, False)
    """
    return isinstance(value, float) and value.is_integer()


MOST_PLACES = 1_000
MOST_ITEMS = 10_000
WHOLE = BeforeValidator(lambda value: int(value) if is_whole(value) else value)
Id = (
    Annotated[str, StringConstraints(min_length=1, max_length=200)]
    | Annotated[int, Field(ge=-(2**53), le=2**53), WHOLE]
)
Ids = Annotated[list[Id], Field(max_length=MOST_ITEMS)]
Places = Annotated[int, Field(ge=1, le=MOST_PLACES), WHOLE]
Users = Annotated[int, Field(ge=0, le=2**31), WHOLE]
WHOM = ("user", "history")
ONE_ID = ("user", "item")
IDS = (*ONE_ID, "history", "allow", "deny")


def _one_key(names: tuple[str, ...]) -> Callable[[dict[str, Any]], None]:
    """What a schema says of names of which exactly one must have a value."""

    def extend(schema: dict[str, Any]) -> None:
        kinds = {name: ["array"] if name == "history" else ["string", "integer"] for name in names}
        schema["oneOf"] = [{"required": [name], "properties": {name: {"type": kind}}} for name, kind in kinds.items()]

    return extend


class Body(BaseModel):
    """A body whose keys are known and whose values are strict."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Recommend(Body):
    """A list for a user of training, or for anybody with a history."""

    user: Id | None = Field(default=None, description="A user of training; or give a history")
    history: Ids | None = Field(default=None, description="Items of anybody; none of them: the popular ones")
    k: Places = Field(default=10, description="Places of the list")
    exclude_seen: bool = Field(default=True, description="Whether items of the history are left out")
    allow: Ids | None = Field(default=None, description="The only items that may stand in the list")
    deny: Ids | None = Field(default=None, description="Items that may not")

    model_config = ConfigDict(json_schema_extra=_one_key(WHOM))

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        return _exactly_one(self, WHOM)


class Similar(Body):
    """Items like an item, or users of training like a user or a history."""

    item: Id | None = Field(default=None, description="An item: the answer is items")
    user: Id | None = Field(default=None, description="A user of training: the answer is users")
    history: Ids | None = Field(default=None, description="A history: the answer is users")
    k: Places = Field(default=10, description="Places of the list")
    min_users: Users = Field(default=1, description="Items with fewer users are left out")

    model_config = ConfigDict(json_schema_extra=_one_key(("item", *WHOM)))

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        return _exactly_one(self, ("item", *WHOM))


Model = TypeVar("Model", bound=Body)


def read_request(body: bytes, model: type[Model]) -> Model:
    """Return a body as a request.

    Raises:
        RefusedError: It is no JSON, or values do not fit, with all of them.

    Example:
        >>> read_request(b'{"history": ["12"], "k": 3}', Recommend).k
        3
        >>> try:
        ...     read_request(b'{"histroy": []}', Recommend)
        ... except RefusedError as refused:
        ...     refused.problems[0].did_you_mean
        'history'
    """
    found = read_json(body, most=MOST_ITEMS)
    try:
        return model.model_validate(found)
    except ValidationError as error:
        keys = tuple(model.model_fields)
        found = [_problem(dict(each), keys) for each in error.errors(include_url=False)]
        problems = {(problem.field, problem.expected): problem for problem in found}
        raise RefusedError(422, "Values that do not fit.", list(problems.values())) from None


def _exactly_one(given: Model, names: tuple[str, ...]) -> Model:
    there = [name for name in names if getattr(given, name) is not None]
    if len(there) != 1:
        raise ValueError(f"one of {', '.join(names)}")
    return given


def _problem(error: dict[str, Any], keys: tuple[str, ...]) -> FieldProblem:
    where = [str(part) for part in error["loc"] if not str(part).startswith(("str", "int", "constrained", "function"))]
    field = ".".join(where)
    if error["type"] == "extra_forbidden":
        known = f"one of the keys {', '.join(keys)}"
        return FieldProblem(field, known, "a key of another name", None, nearest(field, keys))
    if error["type"] == "value_error":
        received = ", ".join(name for name in error["input"] if name in keys) or "none of them"
        return FieldProblem("body", error["msg"].removeprefix("Value error, "), received)
    expected = error["msg"].removeprefix("Input should be ")
    if where and where[0] in IDS:
        expected = "an id (a text or a whole number)" if len(where) > 1 or where[0] in ONE_ID else "a list of ids"
    return FieldProblem(field or "body", expected, shown(error["input"]))

import pytest

from nnrecipes.data.columns import check_columns

HEADER = ("age", "sold", "town", "price")
IRIS = {"kind": "csv", "path": "files/houses.csv"}


def keys(problems):
    return [".".join(map(str, problem.key)) for problem in problems]


def test_a_right_recipe_has_no_problem(recipe):
    inputs = {"a": {"kind": "tabular", "columns": ("age", "sold_month_sin")}}
    preprocessing = {"columns": {"sold_year": {"scale": "minmax"}, "sold": {"missing": "drop"}}}
    config = recipe(IRIS, "price", inputs=inputs, preprocessing=preprocessing, ignore=("town",))
    assert check_columns(config, HEADER) == []


def test_every_place_that_names_a_column_is_checked(recipe):
    config = recipe(
        IRIS,
        sections={"prise": {}, "tags": {"task": "multilabel", "columns": ("age", "redd")}},
        features=("agee",),
        ignore=("sould",),
        columns={"twn": "categorical"},
        split={"kind": "group", "column": "towns"},
        inputs={"main": {"kind": "tabular", "columns": ("age", "sold_yer")}},
        preprocessing={"columns": {"agge": {"scale": "none"}}},
    )
    assert keys(check_columns(config, HEADER)) == [
        "data.features.0",
        "data.ignore.0",
        "data.columns.twn",
        "data.split.column",
        "targets.prise",
        "targets.tags.columns.1",
        "inputs.main.columns.1",
        "preprocessing.columns.agge",
    ]


def test_the_nearest_name_and_the_file_are_told(recipe):
    (problem,) = check_columns(recipe(IRIS, "price", ignore=("agee",)), HEADER)
    line = problem.text("a.yaml:3")
    assert line == ("a.yaml:3: data.ignore.0: expected a column of houses.csv. Received: 'agee'. Did you mean age?")


def test_nothing_is_checked_without_a_header(recipe):
    assert check_columns(recipe({"kind": "arrays"}, "nothing"), ()) == []


@pytest.mark.parametrize(
    ("source", "name"), [({"kind": "sklearn", "name": "wine"}, "wine"), ({"kind": "arrays"}, "the rows")]
)
def test_sources_are_named(recipe, source, name):
    (problem,) = check_columns(recipe(source, "y"), HEADER)
    assert problem.expected == f"a column of {name}"

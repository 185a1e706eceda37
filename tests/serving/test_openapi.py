"""What the OpenAPI document promises, the server does: schemathesis makes requests from it, good and bad ones."""

from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from serving_rows import IRIS, Client

from nnrecipes.serving.app import create_app
from nnrecipes.serving.limits import Limits
from nnrecipes.serving.served import ServedRecommender, ServedRun

QUICK = settings(max_examples=15, deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate],
                 suppress_health_check=list(HealthCheck))  # fmt: skip
THOROUGH = settings(QUICK, max_examples=1_000)


def test_the_document_is_openapi_and_describes_rows_and_answers(client: Client) -> None:
    document = client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    predict = document["paths"]["/predict"]["post"]
    row, rows = predict["requestBody"]["content"]["application/json"]["schema"]["oneOf"]
    answer = predict["responses"]["200"]["content"]["application/json"]["schema"]["oneOf"][0]
    jsonschema.Draft202012Validator.check_schema(row)
    jsonschema.validate(IRIS, row)
    jsonschema.validate(client.post("/predict", json=IRIS).json(), answer)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**IRIS, "sepal_width": "x"}, row)
    assert rows["maxItems"] == 300


def keeps_to_its_document(served: ServedRun | ServedRecommender, mode: str, how: settings) -> None:
    """Send what schemathesis makes of the document, right or wrong, to every operation, and check every answer."""
    schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
    from schemathesis.specs.openapi import checks

    promised = [checks.status_code_conformance, checks.content_type_conformance, checks.response_schema_conformance,
                checks.positive_data_acceptance, checks.negative_data_rejection]  # fmt: skip
    schema = schemathesis.openapi.from_asgi("/openapi.json", create_app(served, Limits(rows=50)))
    for found in schema.get_all_operations():
        operation = found.ok()
        if mode == "negative" and not (operation.body or operation.query):
            continue

        @how
        @given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode(mode)))
        def send(case: Any) -> None:
            response = case.call()
            assert response.status_code < 500
            case.validate_response(response, checks=promised)

        send()


@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_a_network_keeps_to_its_document(trips: ServedRun, mode: str) -> None:
    keeps_to_its_document(trips, mode, QUICK)


@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_a_recommender_keeps_to_its_document(films: ServedRecommender, mode: str) -> None:
    keeps_to_its_document(films, mode, QUICK)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_a_thousand_requests_an_operation(trips: ServedRun, films: ServedRecommender, mode: str) -> None:
    for served in (trips, films):
        keeps_to_its_document(served, mode, THOROUGH)

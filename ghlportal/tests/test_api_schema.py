"""The schema says what there is, without a warning, and what is answered is what it says."""

import json
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import get_resolver
from jsonschema import Draft4Validator

from ghlportal import api
from ghlportal.api import RESOURCES, router
from ghlportal.tests.admin_cast import Portal
from imports.deciding import review
from imports.tests.review_cast import a_client_location, a_record
from integrations.models import Client as ClientRow
from integrations.tests.api_cast import Program, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def schema() -> dict[str, Any]:
    return api.schema()


@pytest.fixture
def admin() -> Program:
    return Program.of("Administrator")


@pytest.fixture
def portal(integration: Any, admin: Program) -> Portal:
    filled = Portal.fill(integration)
    review.skip(a_record(filled.batch).pk, admin.user)
    a_client_location("Bay Search")
    return filled


def test_it_is_made_without_a_warning_and_is_valid(tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yaml"))


def test_it_is_for_those_who_are_logged_in():
    assert Client().get("/api/schema/").status_code == 401
    outsider = Program(staff("Reviewer"))
    outsider.user.is_staff = False
    outsider.user.save()
    assert outsider.get("schema/").status_code == 401
    browser = Client()
    browser.force_login(staff("", username="newcomer"))
    answer = browser.get("/api/schema/")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("application/vnd.oai.openapi+json")
    assert answer.json() == json.loads(json.dumps(api.schema()))


def test_every_address_of_the_api_is_in_it(schema):
    routes = {f"/api/{url.pattern}" for url in router.urls}
    described = {path.replace("{id}", "<uuid:pk>") for path in schema["paths"]}
    assert described == routes
    assert len(routes) > 2 * len(RESOURCES)


def test_nothing_else_is_in_it(schema):
    assert get_resolver().resolve("/webhooks/ghl/app/")
    assert all(path.startswith("/api/") for path in schema["paths"])


def test_it_says_how_to_come_in_and_what_errors_look_like(schema):
    assert schema["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    for operations in schema["paths"].values():
        for operation in operations.values():
            assert {"token": []} in operation["security"]
            for code in ("401", "403", "429"):
                content = operation["responses"][code]["content"]["application/json"]
                assert content["schema"] == {"$ref": "#/components/schemas/Error"}


def validator(schema: dict[str, Any], path: str, method: str, code: int) -> Draft4Validator:
    """For what is answered there. OpenAPI 3.0 writes "or null" in its own way, which JSON Schema does not know."""
    content = schema["paths"][path][method]["responses"][str(code)]["content"]
    shape = {**content["application/json"]["schema"], "components": schema["components"]}
    return Draft4Validator(strict(json.loads(json.dumps(shape))))


def strict(shape: Any) -> Any:
    """The schema with nulls as JSON Schema has them, and objects that have no more than is described."""
    if isinstance(shape, list):
        return [strict(one) for one in shape]
    if not isinstance(shape, dict):
        return shape
    made = {name: strict(value) for name, value in shape.items()}
    if made.get("type") == "object" and isinstance(made.get("properties"), dict) and "type" not in made["properties"]:
        made["additionalProperties"] = False
    if made.pop("nullable", False) is True:
        made = {"anyOf": [made, {"type": "null"}]}
    return made


@pytest.mark.parametrize("how", ["approve", "merge", "skip", "reject", "decide-together"])
def test_it_says_that_each_decision_takes_a_key(schema, how):
    parameters = schema["paths"][f"/api/staged-records/{{id}}/{how}/"]["post"]["parameters"]
    assert "Idempotency-Key" in {one["name"] for one in parameters}


@pytest.mark.parametrize("resource", RESOURCES)
def test_lists_and_rows_are_what_it_says(resource, schema, portal, admin):
    answer = admin.get(f"{resource}/", with_count="true").json()
    assert answer["count"] == len(answer["results"]) > 0
    validator(schema, f"/api/{resource}/", "get", 200).validate(answer)
    for row in answer["results"]:
        one = admin.get(f"{resource}/{row['id']}/")
        assert one.status_code == 200
        validator(schema, f"/api/{resource}/{{id}}/", "get", 200).validate(one.json())


def test_an_answer_with_a_field_too_many_would_be_noticed(schema, portal, admin):
    answer = admin.get("clients/").json()
    answer["results"][0]["surprise"] = 1
    assert not validator(schema, "/api/clients/", "get", 200).is_valid(answer)


def test_what_comes_of_an_action_is_what_it_says(schema, portal, admin):
    answer = admin.post(f"staged-records/{portal.record.pk}/merge/", candidate=str(portal.prospect.pk))
    assert answer.status_code == 200, answer.content
    validator(schema, "/api/staged-records/{id}/merge/", "post", 200).validate(answer.json())
    again = admin.post(f"staged-records/{portal.record.pk}/skip/")
    assert again.status_code == 409
    validator(schema, "/api/staged-records/{id}/skip/", "post", 409).validate(again.json())
    decision = answer.json()["record"]["decision_id"]
    plan = admin.get(f"decisions/{decision}/undo-plan/")
    validator(schema, "/api/decisions/{id}/undo-plan/", "get", 200).validate(plan.json())
    undone = admin.post(f"decisions/{decision}/undo/")
    assert undone.status_code == 200, undone.content
    validator(schema, "/api/decisions/{id}/undo/", "post", 200).validate(undone.json())


def test_a_change_is_answered_as_it_says(schema, portal, admin):
    answer = admin.patch(f"prospects/{portal.prospect.pk}/", notes="Prefers mornings", campaign=None)
    validator(schema, "/api/prospects/{id}/", "patch", 200).validate(answer.json())
    refused = admin.patch(f"prospects/{portal.prospect.pk}/", campaign="not an id", colour="blue")
    assert refused.status_code == 400
    validator(schema, "/api/prospects/{id}/", "patch", 400).validate(refused.json())
    made = admin.post("campaigns/", name="Texas litigation")
    validator(schema, "/api/campaigns/", "post", 201).validate(made.json())
    assert ClientRow.objects.exists()

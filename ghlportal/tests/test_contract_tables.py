"""The tables and columns that other systems read are there, under their fixed names."""

import pytest
from django.apps import apps
from django.db import connection

from integrations.tests.plain_sql import columns_of

pytestmark = pytest.mark.django_db
IDENTITY = (
    "firm_name contact_first_name contact_last_name contact_title contact_email contact_phone contact_linkedin tags"
)
CALL = (
    "external_call_id call_status direction from_number to_number duration started_at disposition disposition_source "
    "notes transcript recording_url ai_summary integration_id"
)
TABLES = {
    "clients": "name email phone website status timezone",
    "ghl_integrations": (
        "location_id api_token integration_type client_id custom_field_mapping is_active last_synced_at "
        "last_sync_status last_sync_error name webhook_secret"
    ),
    "sales_campaigns": "name",
    "sales_prospects": (
        f"{IDENTITY} source notes engagement_level campaign_id cadence_stage dial_attempts no_answer_count "
        "voicemail_count callback_attempts ghl_contact_id ghl_location_id ghl_synced_at"
    ),
    "contacts": f"{IDENTITY} client_id ghl_contact_id ghl_location_id",
    "sales_calls": f"{CALL} prospect_id",
    "calls": f"{CALL} contact_id",
    "ghl_import_batches": "source status cursor contacts_read errors started_at finished_at error",
    "ghl_import_staging": (
        "batch_id raw_data status error_message matched_prospect_id matched_contact_id match_score match_reasons "
        "decision reviewed_by_id reviewed_at ghl_contact_id"
    ),
    "ghl_import_match_candidates": "staged_record_id candidate_kind candidate_id score band reasons",
    "ghl_webhook_events": "payload status",
    "ghl_sync_runs": "integration_id status",
}


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_the_columns_that_others_read(table):
    assert {*TABLES[table].split(), "id", "created_at", "updated_at"} <= columns_of(table)


def test_our_tables_of_rows_are_keyed_by_uuid():
    ours = [model for model in apps.get_models() if model._meta.db_table in TABLES]
    assert len(ours) == len(TABLES)
    assert {model._meta.pk.get_internal_type() for model in ours} == {"UUIDField"}


def test_the_models_and_the_migrations_agree():
    assert set(TABLES) <= set(connection.introspection.table_names())

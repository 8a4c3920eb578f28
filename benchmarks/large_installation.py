"""The rows of a large installation, for `benchmarks.desk`: made up, but as wide and as many as real ones."""

import sys
import time

# Written by the database itself: a million rows by way of Django would take longer than all measurements.
_SYLLABLES = "ka lo mi ren tas vo bel dor fin gar hul jen kov lan mer nis ost pra qui rud sel tor ulm vas wen yar zil"
_GIVEN = "Ann Bob Priya Tomasz Ingrid Matteo Hiroko Yusuf Fatima Marisol Sipho Wei Minh Olga Ciara Omar Leyla Renzo"
_NAMES = """
CREATE FUNCTION pg_temp.syllable(n bigint) RETURNS text IMMUTABLE LANGUAGE sql AS
    $$ SELECT (string_to_array('{syllables}', ' '))[1 + n % 27] $$;
CREATE FUNCTION pg_temp.surname(n bigint) RETURNS text IMMUTABLE LANGUAGE sql AS
    $$ SELECT initcap(pg_temp.syllable(n) || pg_temp.syllable(n / 27) || pg_temp.syllable(n / 729)) $$;
CREATE FUNCTION pg_temp.given(n bigint) RETURNS text IMMUTABLE LANGUAGE sql AS
    $$ SELECT (string_to_array('{given}', ' '))[1 + n % 18] $$;
CREATE FUNCTION pg_temp.firm(n bigint) RETURNS text IMMUTABLE LANGUAGE sql AS
    $$ SELECT pg_temp.surname(n * 31) || ' & ' || pg_temp.surname(n * 17)
        || (ARRAY[' LLP', ' PC', ' Group'])[1 + n % 3] $$;
CREATE FUNCTION pg_temp.mixed(n bigint) RETURNS bigint IMMUTABLE LANGUAGE sql AS
    $$ SELECT (n * 2654435761) % 4294967291 $$;
"""
_IDENTITY = "contact_first_name, contact_last_name, firm_name, contact_title, contact_email, contact_phone"
_WHO = """pg_temp.given(m), pg_temp.surname(m / 18), pg_temp.firm(m % 60000), 'Partner',
    lower(pg_temp.given(m) || '.' || pg_temp.surname(m / 18)) || n || '@firm' || m % 60000 || '.example',
    '+1 (' || 200 + m % 789 || ') ' || 200 + m / 7 % 789 || '-' || lpad((m / 13 % 10000)::text, 4, '0')"""
_REASONS = """'[{"code": "email-same", "words": "Same e-mail address", "weight": 12.4},
    {"code": "given-same", "words": "Same first name", "weight": 4.1},
    {"code": "surname-same", "words": "Same last name", "weight": 9.2},
    {"code": "title-different", "words": "Different titles: partner / associate", "weight": -1.7}]'::jsonb"""
_ROWS = """
INSERT INTO clients (id, name, status, timezone)
    SELECT md5('client' || n)::uuid, 'Client ' || n, 'active', 'UTC' FROM generate_series(1, 20) n;
INSERT INTO ghl_integrations (id, name, location_id, integration_type, client_id)
    SELECT md5('location' || n)::uuid, 'Location ' || n, 'deskLocation' || n,
        CASE WHEN n = 1 THEN 'internal' ELSE 'client' END, CASE WHEN n > 1 THEN md5('client' || n)::uuid END
    FROM generate_series(1, 8) n;
INSERT INTO sales_campaigns (id, name) SELECT md5('campaign' || n)::uuid, 'Market ' || n FROM generate_series(1, 12) n;
INSERT INTO sales_prospects (id, {identity}, created_at, updated_at, keys_made_at, ghl_contact_id, ghl_location_id,
        campaign_id)
    SELECT md5('p' || n)::uuid, {who}, now() - n * interval '30 seconds', now() - n * interval '30 seconds',
        now() - n * interval '30 seconds', CASE WHEN n % 2 = 0 THEN left(md5('h' || n), 20) END,
        CASE WHEN n % 2 = 0 THEN 'deskLocation1' ELSE '' END, md5('campaign' || 1 + n % 12)::uuid
    FROM (SELECT n, pg_temp.mixed(n) AS m FROM generate_series(1, {prospects}) n) numbers;
INSERT INTO contacts (id, {identity}, keys_made_at, client_id)
    SELECT md5('c' || n)::uuid, {who}, now(), md5('client' || 1 + n % 20)::uuid
    FROM (SELECT n, pg_temp.mixed(n + 77) AS m FROM generate_series(1, {prospects} / 10) n) numbers;
ALTER TABLE ghl_import_lookup_keys DROP CONSTRAINT lookup_key_once;
DROP INDEX lookup_key_person;
INSERT INTO ghl_import_lookup_keys (scope, value, person_id)
    SELECT {scope}, hashtextextended('key' || n * 10 + k, 0), md5('p' || n)::uuid
    FROM generate_series(1, {prospects}) n, generate_series(1, 5) k;
ALTER TABLE ghl_import_lookup_keys ADD CONSTRAINT lookup_key_once UNIQUE (scope, value, person_id);
CREATE INDEX lookup_key_person ON ghl_import_lookup_keys (person_id);
INSERT INTO sales_calls (external_call_id, prospect_id, integration_id, started_at, direction, call_status, duration,
        from_number, to_number, disposition, disposition_source, transcript)
    SELECT 'call' || n, md5('p' || 1 + pg_temp.mixed(n) % {prospects})::uuid, md5('location1')::uuid,
        now() - n * interval '2 minutes', 'outbound', 'completed', n % 900, '+12125550100',
        '+1' || 2000000000 + pg_temp.mixed(n) % 7999999999,
        CASE WHEN n % 3 = 0 THEN (ARRAY['{dispositions}'])[1 + n % {kinds}] END,
        CASE WHEN n % 3 = 0 THEN 'bdr' END, CASE WHEN n % 10 = 0 THEN repeat('Hello, this is a call. ', 80) ELSE '' END
    FROM generate_series(1, {prospects} / 2) n;
INSERT INTO calls (external_call_id, contact_id, integration_id, started_at, direction, call_status, duration)
    SELECT 'call' || n, md5('c' || 1 + n % ({prospects} / 10))::uuid, md5('location2')::uuid,
        now() - n * interval '9 minutes', 'outbound', 'completed', n % 900
    FROM generate_series(1, {prospects} / 10) n;
INSERT INTO ghl_import_batches (id, integration_id, source, source_name, status, phase, created_at, started_at,
        finished_at, contacts_read, contacts_staged)
    SELECT md5('batch' || n)::uuid, md5('location' || 1 + n % 8)::uuid, 'ghl', 'GHL Location', 'success', 'done',
        now() - n * interval '5 hours', now() - n * interval '5 hours', now() - n * interval '4 hours', 5000, 5000
    FROM generate_series(1, 400) n;
INSERT INTO ghl_import_staging (id, batch_id, record_key, position, ghl_contact_id, {identity}, raw_data, status,
        error_message, match_score, match_band, match_reasons, match_reason_codes, matched_prospect_id,
        is_in_batch_duplicate, decision, reviewed_by_id, reviewed_at, created_at, imported_prospect_id)
    SELECT md5('s' || n)::uuid, md5('batch' || batch)::uuid, 'key' || n, n, left(md5('g' || n), 20), {who},
        jsonb_build_object('id', left(md5('g' || n), 20), 'locationId', 'deskLocation1', 'dateAdded', now(),
            'firstNameRaw', pg_temp.given(m), 'lastNameRaw', pg_temp.surname(m / 18), 'source', 'Import',
            'companyName', pg_temp.firm(m % 60000), 'tags', '["first quarter", "new york"]'::jsonb,
            'customFields', jsonb_build_array(jsonb_build_object('id', md5('f'), 'value', repeat('x', 200)))),
        CASE WHEN is_decided THEN (ARRAY['imported', 'skipped', 'rejected'])[1 + n % 3] WHEN n % 50 = 0 THEN 'error'
            WHEN n % 4 = 0 THEN 'matched' ELSE 'pending' END,
        CASE WHEN n % 50 = 0 AND NOT is_decided THEN 'Nothing to tell this person by.' ELSE '' END,
        CASE WHEN n % 4 = 0 THEN 0.4 + (m % 6000) / 10000.0 END,
        CASE WHEN n % 4 <> 0 THEN '' ELSE (ARRAY['certain', 'likely', 'possible'])[1 + m % 3] END,
        CASE WHEN n % 4 = 0 THEN {reasons} ELSE '[]' END,
        CASE WHEN n % 4 = 0 THEN ',email-same,given-same,surname-same,title-different,' ELSE '' END,
        CASE WHEN n % 4 = 0 THEN md5('p' || 1 + m % {prospects})::uuid END, n % 40 = 3,
        CASE WHEN is_decided THEN (ARRAY['new', 'skip', 'reject'])[1 + n % 3] ELSE '' END,
        CASE WHEN is_decided THEN 1 END, CASE WHEN is_decided THEN now() - n * interval '1 minute' END, now(),
        CASE WHEN is_decided AND n % 3 = 0 THEN md5('p' || n)::uuid END
    FROM (SELECT n, pg_temp.mixed(n) AS m, n > {staged} AS is_decided,
            CASE WHEN n <= {staged} / 4 THEN 1 ELSE 2 + n % 399 END AS batch
        FROM generate_series(1, {staged} * 5 / 4) n) numbers;
INSERT INTO ghl_import_match_candidates (staged_record_id, candidate_kind, candidate_id, score, band, reasons)
    SELECT md5('s' || n)::uuid, 'prospect', md5('p' || 1 + pg_temp.mixed(n + k * 5) % {prospects})::uuid,
        0.9 - k * 0.1, 'possible', {reasons}
    FROM generate_series(4, {staged}, 4) n, generate_series(0, 2) k;
INSERT INTO ghl_import_staged_calls (integration_id, batch_id, external_call_id, ghl_contact_id, raw_data)
    SELECT md5('location' || 1 + n % 8)::uuid, md5('batch1')::uuid, 'staged' || n,
        left(md5('g' || 1 + n % {staged}), 20), jsonb_build_object('id', 'staged' || n, 'contactId',
            left(md5('g' || 1 + n % {staged}), 20), 'messageType', 'TYPE_CALL', 'direction', 'outbound', 'dateAdded',
            '2026-07-25T18:34:36.728Z', 'meta', '{{"call": {{"duration": 125, "status": "completed"}}}}'::jsonb)
    FROM generate_series(1, {staged} * 6 / 5) n;
INSERT INTO ghl_import_decisions (staged_record_id, decision, reviewer_id, decided_at, status_before, person_kind,
        person_id, person_name, step, made_person)
    SELECT md5('s' || n)::uuid, (ARRAY['new', 'skip', 'reject'])[1 + n % 3], 1, now() - n * interval '1 minute',
        'pending', CASE WHEN n % 3 = 0 THEN 'prospect' ELSE '' END, CASE WHEN n % 3 = 0 THEN md5('p' || n)::uuid END,
        CASE WHEN n % 3 = 0 THEN pg_temp.given(n) || ' ' || pg_temp.surname(n) ELSE '' END,
        CASE WHEN n % 3 = 0 THEN 1 END, n % 3 = 0
    FROM generate_series({staged} + 1, {staged} * 5 / 4) n;
"""


def load() -> None:
    """What a process does: the tables with their rows, as an installation has them after autovacuum was there."""
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection

    from calls.models import DISPOSITIONS
    from imports.duplicates.key_index import hashed

    began = time.monotonic()
    call_command("migrate", verbosity=0)
    User.objects.create_superuser("desk", pk=1)
    values = {
        "prospects": int(sys.argv[1]), "staged": int(sys.argv[2]), "identity": _IDENTITY, "who": _WHO,
        "reasons": _REASONS, "scope": hashed("internal"),
        "dispositions": "', '".join(DISPOSITIONS), "kinds": len(DISPOSITIONS),
        "syllables": _SYLLABLES, "given": _GIVEN,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_NAMES.format(**values))
        for statement in _ROWS.split(";\n"):
            if statement.strip():
                cursor.execute(statement.format(**values))
        cursor.execute("VACUUM ANALYZE")
    print(f"{values['prospects']:,} prospects and {values['staged']:,} waiting records loaded"
          f" in {time.monotonic() - began:.0f} s")  # fmt: skip

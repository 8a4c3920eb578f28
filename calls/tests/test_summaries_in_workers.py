"""Summaries in real workers: many at once keep no delivery waiting, and one that is killed loses nothing."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from calls.tests.claude_stand_in import KEY, ClaudeStandIn
from integrations.tests.installation import ROOT, Installation

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
CALLS, DELIVERIES, AT_ONCE = 200, 12, 8
ASK_FOR_ALL = f"""
from calls.models import SalesCall
from calls.summaries.asking import ask_for
from calls.tests.summary_cast import TALK, sales_call
from integrations.models import GHLIntegration
for number in range({CALLS}):
    sales_call(GHLIntegration.objects.get(), f"m{{number}}", transcript=f"{{TALK}} My number is {{number}}.")
print(ask_for(SalesCall.objects.all()))
"""
THEN_DELIVER = f"""
import time
from django.test import Client
path = GHLIntegration.objects.get().webhook_path
for number in range({DELIVERIES}):
    told = {{"contact_id": "c1", "customData": {{"messageId": f"live{{number}}", "callStatus": "busy"}}}}
    assert Client(SERVER_NAME="localhost").post(path, told, content_type="application/json").status_code == 200
    time.sleep(0.3)  # longer than the messenger's pause, which ends with this process
"""


@pytest.fixture
def slow_claude():
    """Answers nothing until it is told to."""
    with ClaudeStandIn().running() as server:
        server.hold()
        yield server


@pytest.fixture
def installed(databases, sandbox, slow_claude):
    installation = Installation(
        databases.copy(), sandbox.url, ANTHROPIC_API_KEY=KEY, ANTHROPIC_BASE_URL=slow_claude.url,
        ANTHROPIC_TIMEOUT_SECONDS="60", ANTHROPIC_AT_ONCE=str(AT_ONCE),
    )  # fmt: skip
    yield installation
    shutil.rmtree(installation.runtime, ignore_errors=True)


@pytest.fixture
def worker(installed, tmp_path):
    """What an installation runs, nothing else: one worker for everything, two processes."""
    command = [sys.executable, "-m", "celery", "-A", "ghlportal", "worker", "--concurrency", "2", "--loglevel", "INFO"]
    with (tmp_path / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=installed.environment | {"PATH": os.environ["PATH"]}, stdout=log,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        yield process
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def until(holds, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def counted(installation, table: str, status: str) -> int:
    return installation.database.rows(f"SELECT count(*) AS n FROM {table} WHERE status = '{status}'")[0]["n"]  # noqa: S608


def test_many_summaries_at_once_keep_no_delivery_waiting(installed, worker, slow_claude):
    asked = installed.start("shell", "-c", ASK_FOR_ALL + THEN_DELIVER)
    out, err = asked.communicate(timeout=120)
    assert (asked.returncode, out.splitlines()[-1:]) == (0, [str(CALLS)]), err
    assert until(lambda: len(slow_claude.asked) == AT_ONCE, 60), "the summaries have not taken all their places"
    assert until(lambda: counted(installed, "ghl_webhook_events", "done") == DELIVERIES, 15)
    assert counted(installed, "call_summaries", "done") == 0
    slow_claude.let_go()
    assert until(lambda: counted(installed, "call_summaries", "done") == CALLS, 180)
    assert (len(slow_claude.asked), slow_claude.most_at_once) == (CALLS, AT_ONCE)


def test_a_summary_whose_process_was_killed_is_made_by_the_next(installed, slow_claude):
    asked = installed.start("shell", "-c", ASK_FOR_ALL.replace(str(CALLS), "1"))
    out, err = asked.communicate(timeout=60)
    assert out.splitlines()[-1:] == ["1"], err
    (row,) = installed.database.rows("SELECT id FROM sales_calls")
    process = installed.start("summarize_call", str(row["id"]), "--json")
    assert until(lambda: len(slow_claude.asked) == 1, 60)
    process.kill()
    process.communicate()
    assert counted(installed, "call_summaries", "running") == 1
    slow_claude.let_go()
    installed.database.run("UPDATE call_summaries SET claimed_until = '2020-01-01 00:00:00+00:00'")
    code = "from calls.summaries.working_off import work_off; print(dict(work_off()[0]))"
    out, err = installed.start("shell", "-c", code).communicate(timeout=60)
    assert out.splitlines()[-1:] == ["{'done': 1}"], err
    assert len(slow_claude.asked) == 2

"""The cast that tests of every app share, and what is left out where there is no browser."""

import importlib.util
import os
import shutil
import sqlite3
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import connection

from integrations.fields import Secret
from integrations.models import GHLIntegration
from integrations.sandbox.server import Sandbox

if TYPE_CHECKING:
    from integrations.tests.installation import Databases

LOCATION_ID, TOKEN = "testLocation00000001", "pit-test-token-of-the-location"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LEFT_OUT = pytest.StashKey[int]()

# How many times as many cases tests draw that draw at random.
EFFORT = int(os.environ.get("TEST_EFFORT", "1"))

# How long an example takes says more about the machine's other work than about ours. The same are drawn each time,
# for a failure to be about what was changed; with more effort, others.
hypothesis.settings.register_profile("portal", deadline=None, max_examples=40 * EFFORT, derandomize=EFFORT == 1)
hypothesis.settings.load_profile("portal")


# ---------------------------------------------------------------- the cast


@pytest.fixture(autouse=True, scope="session")
def _runtime_files_of_their_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Locks and counts of tests never meet those of an installation, nor those of another test run."""
    settings.RUNTIME_DIR = tmp_path_factory.mktemp("runtime")


@pytest.fixture
def reviewer(db: None) -> User:
    """Somebody with the role Reviewer and no other rights."""
    user = User.objects.create_user("reviewer", password="reviewer-password", is_staff=True)
    user.groups.add(Group.objects.get(name="Reviewer"))
    return user


@pytest.fixture
def integration(db: None) -> GHLIntegration:
    """An internal location; where a test has a `sandbox` too, its token opens it."""
    return an_integration()


def an_integration() -> GHLIntegration:
    location = GHLIntegration(
        name="Our own prospecting",
        location_id=LOCATION_ID,
        integration_type=GHLIntegration.Type.INTERNAL,
        api_token=Secret.of(TOKEN),
    )
    location.make_webhook_secret()
    location.save()
    return location


@pytest.fixture
def sandbox(settings: Any) -> Iterator[Sandbox]:
    """A running GoHighLevel with one empty location, without limits and delays; the portal's settings point at it."""
    with Sandbox({LOCATION_ID: TOKEN}, rate_limit=None, index_lag=0) as server:
        settings.GHL_API_BASE_URL = server.url
        yield server


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator["Databases"]:
    """The tests' own database; gives what makes copies of it as it is now, before any test has written to it."""
    from integrations.tests.installation import Databases  # only here: it imports this module

    with django_db_blocker.unblock():
        made = Databases(tmp_path_factory.mktemp("databases"))
    yield made
    made.drop_all()


@pytest.fixture(scope="session")
def databases(django_db_setup: "Databases") -> "Databases":
    """Makes scratch databases for real processes. A test that uses it is marked `django_db`.

    They are not migrated anew, which takes longer than most of those tests.
    """
    return django_db_setup


@pytest.fixture
def shared_database(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """The database as installations have it. SQLite in memory cannot wait for a lock, so a file takes its place."""
    if connection.vendor != "sqlite" or not connection.is_in_memory_db():
        yield
        return
    memory = connection.settings_dict["NAME"]
    connection.ensure_connection()
    kept_alive = sqlite3.connect(memory, uri=True)
    with sqlite3.connect(tmp_path / "shared.sqlite3") as file:
        connection.connection.backup(file)
    file.close()
    connection.connection.close()
    connection.connection = None
    connection.settings_dict["NAME"] = str(tmp_path / "shared.sqlite3")
    yield
    connection.close()
    connection.settings_dict["NAME"] = memory
    connection.ensure_connection()
    kept_alive.close()


@pytest.fixture(scope="session")
def chromium() -> str | None:
    """The browser to start; None where Playwright has one of its own."""
    return _browser_on_the_path()


# ---------------------------------------------------------------- tests that need a browser


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what cannot run here; `pytest_terminal_summary` says so, for nobody to take silence for success."""
    marked = [item for item in items if item.get_closest_marker("browser")]
    if not marked or _why_no_browser() is None:
        return
    items[:] = [item for item in items if item not in marked]
    config.hook.pytest_deselected(items=marked)
    config.stash[LEFT_OUT] = len(marked)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """With pytest-xdist the workers collect and another process sums up: hands it the number."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash.get(LEFT_OUT, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    left_out = getattr(node, "workeroutput", {}).get("left_out", 0)
    node.config.stash[LEFT_OUT] = max(left_out, node.config.stash.get(LEFT_OUT, 0))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    left_out = config.stash.get(LEFT_OUT, 0)
    if left_out:
        terminalreporter.section("left out", yellow=True)
        terminalreporter.write_line(
            f"{left_out} tests of pages in a browser were NOT run: {_why_no_browser()}", yellow=True, bold=True
        )


@lru_cache
def _why_no_browser() -> str | None:
    """What is missing for tests in a browser, and how to get it; None when all is there."""
    if importlib.util.find_spec("playwright") is None:
        return "Playwright is not installed. Run scripts/bootstrap dev."
    if _browser_on_the_path() is None and not _playwright_has_a_browser():
        return "there is no Chromium. Install one (Debian: apt-get install chromium; or: playwright install chromium)."
    return None


def _browser_on_the_path() -> str | None:
    return next((path for path in map(shutil.which, BROWSERS) if path), None)


def _playwright_has_a_browser() -> bool:
    named = os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "")
    folders = (
        [Path(named)] if named else [Path.home() / ".cache/ms-playwright", Path.home() / "Library/Caches/ms-playwright"]
    )
    return any(any(folder.glob("chromium*-*")) for folder in folders)

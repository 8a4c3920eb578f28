"""What an installation is told by its environment, and what it refuses to start without."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import call_command

from integrations.ghl.signatures import PUBLISHED_KEYS

ROOT = Path(__file__).resolve().parents[2]
KEYS = {"SECRET_KEY": "a long random text", "FIELD_ENCRYPTION_KEYS": "another long random text"}
SHOW = """
import json, runpy, sys
told = runpy.run_path(sys.argv[1])
print(json.dumps({name: told[name] for name in told if name.isupper() and name not in ("BASE_DIR",)}, default=str))
"""


@pytest.fixture
def start(tmp_path: Path) -> Any:
    """Reads the settings in a process of their own, with this environment and no other; gives what came of it."""
    (tmp_path / "ghlportal").mkdir()
    settings = tmp_path / "ghlportal" / "settings.py"
    settings.write_text((ROOT / "ghlportal" / "settings.py").read_text(encoding="utf-8"), encoding="utf-8")

    def run(**environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", SHOW, str(settings)]
        passed_on = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "LANG") if name in os.environ}
        return subprocess.run(
            command, env={**passed_on, **environment}, capture_output=True, text=True, check=False, timeout=30
        )

    return run


def told(start: Any, **environment: str) -> dict[str, Any]:
    answer = start(**KEYS | environment)
    assert answer.returncode == 0, answer.stderr
    settings: dict[str, Any] = json.loads(answer.stdout)
    return settings


# ---------------------------------------------------------------- what is vital


@pytest.mark.parametrize("missing", KEYS)
@pytest.mark.parametrize("value", [None, "", " , "])
def test_production_does_not_start_without_its_keys(start, missing, value):
    if missing == "SECRET_KEY" and value == " , ":
        value = ""
    environment = {name: text for name, text in KEYS.items() if name != missing}
    answer = start(**environment, **({} if value is None else {missing: value}))
    assert answer.returncode != 0
    assert f"Set the environment variable {missing} to a long random text" in answer.stderr.splitlines()[-1]


def test_development_starts_with_nothing(start):
    settings = json.loads(start(DEBUG="1").stdout)
    assert (settings["DEBUG"], bool(settings["SECRET_KEY"]), len(settings["FIELD_ENCRYPTION_KEYS"])) == (True, True, 1)


def test_production_has_no_debug_and_no_hosts_unless_told(start):
    settings = told(start)
    assert (settings["DEBUG"], settings["ALLOWED_HOSTS"], settings["CSRF_TRUSTED_ORIGINS"]) == (False, [], [])


def test_keys_are_parted_by_commas_and_freed_of_blanks(start):
    assert told(start, FIELD_ENCRYPTION_KEYS=" new key , old key,")["FIELD_ENCRYPTION_KEYS"] == ["new key", "old key"]


# ---------------------------------------------------------------- where things are


def test_without_a_database_it_is_a_file_in_the_project_folder(start, tmp_path):
    for environment in ({}, {"DATABASE_URL": ""}):
        database = told(start, **environment)["DATABASES"]["default"]
        assert database["NAME"] == str(tmp_path / "db.sqlite3")
        assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_a_postgres_is_waited_for_a_few_seconds_only(start):
    database = told(start, DATABASE_URL="postgres://portal:pass@db.example:5433/portal")["DATABASES"]["default"]
    assert (database["HOST"], database["PORT"], database["OPTIONS"]) == ("db.example", 5433, {"connect_timeout": 5})


def test_what_the_database_s_address_asks_for_counts_more(start):
    url = "postgres://portal:pass@db.example/portal?sslmode=require&connect_timeout=2"
    options = told(start, DATABASE_URL=url)["DATABASES"]["default"]["OPTIONS"]
    assert (options["sslmode"], int(options["connect_timeout"])) == ("require", 2)


def test_two_installations_on_one_machine_share_no_files(start):
    one, two = (told(start, DATABASE_URL=f"sqlite:////srv/{name}.sqlite3")["RUNTIME_DIR"] for name in ("one", "two"))
    assert one != two


def test_without_redis_the_broker_is_a_folder_and_with_it_redis(start):
    assert told(start)["CELERY_BROKER_URL"] == told(start, REDIS_URL="")["CELERY_BROKER_URL"] == "filesystem://"
    assert told(start, REDIS_URL="redis://r.example/2")["CELERY_BROKER_URL"] == "redis://r.example/2"


def test_ghl_and_claude_are_where_they_are_unless_told(start):
    settings = told(start)
    assert settings["GHL_API_BASE_URL"] == "https://services.leadconnectorhq.com"
    assert settings["GHL_API_VERSION"] == "2021-07-28"
    assert (settings["ANTHROPIC_API_KEY"], settings["REDIS_URL"]) == ("", None)
    assert told(start, GHL_API_BASE_URL="http://127.0.0.1:8090/")["GHL_API_BASE_URL"] == "http://127.0.0.1:8090"


# ---------------------------------------------------------------- .env.example


def variables_read() -> set[str]:
    """The first argument of every `env(…)` and `env.something(…)` in the settings."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / "ghlportal" / "settings.py").read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
            continue
        called = node.func.value if isinstance(node.func, ast.Attribute) else node.func
        if isinstance(called, ast.Name) and called.id == "env":
            found.add(str(node.args[0].value))
    return found


def test_the_example_names_every_variable_that_is_read_and_no_other():
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^(\w+)=", example, re.MULTILINE)) == variables_read()


def test_every_variable_of_the_example_has_a_comment():
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    blocks = re.findall(r"((?:^#.*\n)+)((?:^\w+=.*\n)+)", "\n".join(lines) + "\n", re.MULTILINE)
    assert {name for _, block in blocks for name in re.findall(r"^(\w+)=", block, re.MULTILINE)} == variables_read()


def test_every_variable_that_others_rely_on_is_read():
    contract = """SECRET_KEY DEBUG ALLOWED_HOSTS CSRF_TRUSTED_ORIGINS DATABASE_URL REDIS_URL FIELD_ENCRYPTION_KEYS
        GHL_API_BASE_URL GHL_API_VERSION GHL_APP_PUBLIC_KEYS ANTHROPIC_API_KEY ANTHROPIC_BASE_URL ANTHROPIC_MODEL"""
    assert set(contract.split()) <= variables_read()


def test_only_the_settings_read_the_environment():
    entries = {"ghlportal/settings.py", "ghlportal/celery.py", "ghlportal/wsgi.py"}
    entries.add("integrations/management/commands/add_location.py")  # the variable that the command line names
    apps = ("ghlportal", "imports", "calls", "prospects", "integrations")
    files = [path for app in apps for path in (ROOT / app).rglob("*.py") if "tests" not in path.parts]
    readers = {
        path.relative_to(ROOT).as_posix() for path in files if re.search(r"\bos\.(environ|getenv)", path.read_text())
    }
    assert readers <= entries


# ---------------------------------------------------------------- checks


def complaints() -> set[str]:
    return {message.id for message in run_checks() if str(message.id).startswith("ghlportal.")}


def test_the_installation_of_the_example_has_nothing_to_complain_of():
    assert complaints() == set()


@pytest.mark.parametrize("keys", [[], ["", " "]])
def test_an_installation_without_an_encryption_key_is_told(settings, keys):
    settings.FIELD_ENCRYPTION_KEYS = keys
    assert "ghlportal.E001" in complaints()


USABLE, ODD = PUBLISHED_KEYS[0], "-----BEGIN PUBLIC KEY-----\nbm8ga2V5\n-----END PUBLIC KEY-----\n"


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ("", set()),
        ("".join(PUBLISHED_KEYS), set()),
        (USABLE.replace("\n", "\\n"), set()),
        ("MCowBQYDK2VwAyEAi2HR1srL4o18O8BRa7gVJY7G7bupbN3H9AwJrHCDiOg=", {"ghlportal.E002"}),
        (ODD, {"ghlportal.E002"}),
        (USABLE + ODD, {"ghlportal.W003"}),
    ],
)
def test_keys_that_no_delivery_can_be_checked_with_are_told_of(settings, keys, told):
    settings.GHL_APP_PUBLIC_KEYS = keys
    assert complaints() == told


@pytest.mark.parametrize(("days", "told"), [(30, set()), (29, {"ghlportal.W004"})])
def test_deliveries_are_kept_for_as_long_as_ghl_may_send_them_again(settings, days, told):
    settings.KEEP_DELIVERIES_DAYS = days
    assert complaints() == told


def test_a_short_key_is_warned_of_in_production_only(settings):
    settings.FIELD_ENCRYPTION_KEYS = ["a long and random new key", "short"]
    assert complaints() == {"ghlportal.W001"}
    settings.DEBUG = True
    assert complaints() == set()


@pytest.mark.parametrize(
    ("url", "is_safe"),
    [
        ("https://services.leadconnectorhq.com", True),
        ("http://127.0.0.1:8090", True),
        ("http://localhost:8090", True),
        ("http://[::1]:8090", True),
        ("http://services.leadconnectorhq.com", False),
        ("http://127.0.0.1.evil.example", False),
        ("http://localhost.evil.example", False),
        ("http://localhost@evil.example", False),
        ("services.leadconnectorhq.com", False),
    ],
)
def test_tokens_go_over_the_network_encrypted_or_somebody_is_warned(settings, url, is_safe):
    settings.GHL_API_BASE_URL = url
    assert complaints() == (set() if is_safe else {"ghlportal.W002"})


@pytest.mark.django_db
def test_models_and_migrations_agree():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)

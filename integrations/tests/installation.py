"""A whole installation of its own: a database that real processes share, and `manage.py` run in them."""

import json
import shutil
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from django.conf import settings
from django.db import connection
from psycopg.rows import dict_row

from conftest import LOCATION_ID, TOKEN
from integrations.sandbox.records import Contact

ROOT = Path(settings.BASE_DIR)
ADD_PROSPECT = """
    INSERT INTO sales_prospects (id, firm_name, contact_first_name, contact_last_name, contact_email, contact_phone)
    VALUES (%s, %s, %s, %s, %s, %s)
"""


class Database:
    """A scratch database of the same kind as the tests' own."""

    def __init__(self, url: str) -> None:
        self.url = url

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        if self.url.startswith("sqlite"):
            connection: Any = sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=20)
            connection.row_factory = lambda cursor, row: {
                column[0]: value for column, value in zip(cursor.description, row, strict=True)
            }
        else:
            connection = psycopg.connect(self.url, row_factory=dict_row)
        try:
            yield connection
            connection.commit()
        finally:
            connection.close()

    def rows(self, query: str) -> list[dict[str, Any]]:
        with self._connection() as connection:
            rows = connection.execute(query).fetchall()
        return [{name: _plain(value) for name, value in row.items()} for row in rows]

    @contextmanager
    def locked(self, table: str) -> Iterator[None]:
        """Lets nobody else write to the table (with SQLite: to any) until the end of the block."""
        with self._connection() as connection:
            is_sqlite = self.url.startswith("sqlite")
            connection.execute("BEGIN IMMEDIATE" if is_sqlite else f"LOCK TABLE {table} IN EXCLUSIVE MODE")
            yield

    def run(self, statement: str) -> None:
        with self._connection() as connection:
            connection.execute(statement)

    def add_prospects(self, people: Iterable[Contact]) -> None:
        """Prospects with the same ids in every installation."""
        statement = ADD_PROSPECT.replace("%s", "?") if self.url.startswith("sqlite") else ADD_PROSPECT
        rows = [
            (uuid.uuid5(uuid.NAMESPACE_OID, each.id).hex, each.company_name or "", each.first_name or "",
             each.last_name or "", each.email or "", each.phone or "")
            for each in people
        ]  # fmt: skip
        with self._connection() as connection:
            connection.cursor().executemany(statement, rows)


def _plain(value: Any) -> Any:
    """JSON is text in SQLite and a value in PostgreSQL; ids are text in one and UUIDs in the other."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        return json.loads(value)
    return value


class Installation:
    """One database, and processes that work on it."""

    def __init__(self, database: Database, ghl_url: str, **environment: str) -> None:
        self.database = database
        self.runtime = ROOT / "var" / sha256(database.url.encode()).hexdigest()[:12]
        self.environment = {
            "DJANGO_SETTINGS_MODULE": "ghlportal.settings_test",
            "DATABASE_URL": database.url,
            "REDIS_URL": "",
            "GHL_API_BASE_URL": ghl_url,
            "TOKEN": TOKEN,
            **environment,
        }

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def manage(self, *arguments: str) -> tuple[int, dict[str, Any], str]:
        """Runs a command to its end: its exit status, the JSON of its last line (if it is any) and its stderr."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=120)
        last = (out.splitlines() or [""])[-1]
        return process.returncode, json.loads(last) if last.startswith("{") else {}, err

    def push(self, *options: str) -> tuple[int, dict[str, Any], str]:
        return self.manage("sync_prospects_to_ghl", LOCATION_ID, "--json", *options)

    def start_push(self, *options: str) -> "subprocess.Popen[str]":
        return self.start("sync_prospects_to_ghl", LOCATION_ID, "--json", *options)

    def pull(self, *options: str) -> tuple[int, dict[str, Any], str]:
        return self.manage("pull_from_ghl", LOCATION_ID, "--json", *options)

    def start_pull(self, *options: str) -> "subprocess.Popen[str]":
        return self.start("pull_from_ghl", LOCATION_ID, "--json", *options)


class Databases:
    """Scratch databases, each a copy of the tests' own as it was when this was made, with the location added.

    Raises RuntimeError where pytest has made none, since no test is marked `django_db`.
    """

    def __init__(self, folder: Path) -> None:
        if not _is_of_tests():
            raise RuntimeError("There is no database of tests to copy. Mark those that use `databases` with django_db.")
        self._folder = folder
        self._server = _server_url()
        self._names: list[str] = []
        self._migrated = self._name("migrated")
        if self._server:
            connection.close()  # nobody may be connected to what is copied
            self._copy_on_server(connection.settings_dict["NAME"], self._migrated)
        else:
            connection.ensure_connection()
            with closing(sqlite3.connect(folder / self._migrated)) as file:
                connection.connection.backup(file)

    def copy(self) -> Database:
        return Database(self._url(self._copy_of(self._template, "copy")))

    @cached_property
    def _template(self) -> str:
        made = self._copy_of(self._migrated, "template")
        installation = Installation(Database(self._url(made)), "http://127.0.0.1:9")
        status, _, err = installation.manage("add_location", LOCATION_ID, "--type", "internal", "--token-env", "TOKEN")
        assert status == 0, err
        shutil.rmtree(installation.runtime, ignore_errors=True)
        return made

    def drop_all(self) -> None:
        if self._server:
            for name in self._names:
                self._on_server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _name(self, purpose: str) -> str:
        name = f"test_{purpose}_{uuid.uuid4().hex[:12]}"
        self._names.append(name)
        return name

    def _copy_of(self, database: str, purpose: str) -> str:
        name = self._name(purpose)
        if self._server:
            self._copy_on_server(database, name)
        else:
            with (
                closing(sqlite3.connect(self._folder / database)) as old,
                closing(sqlite3.connect(self._folder / name)) as new,
            ):
                old.backup(new)
        return name

    def _copy_on_server(self, database: str, name: str) -> None:
        self._on_server(f'CREATE DATABASE "{name}" TEMPLATE "{database}"')

    def _url(self, name: str) -> str:
        return f"{self._server}/{name}" if self._server else f"sqlite:///{self._folder / name}"

    def _on_server(self, statement: str) -> None:
        with psycopg.connect(f"{self._server}/postgres", autocommit=True) as connection:
            connection.execute(statement)


def _is_of_tests() -> bool:
    name = str(connection.settings_dict["NAME"])
    return connection.is_in_memory_db() if connection.vendor == "sqlite" else name.startswith("test_")


def _server_url() -> str:
    """The PostgreSQL that the tests run on, without a database; empty where they run on SQLite."""
    given = settings.DATABASES["default"]
    if given["ENGINE"].endswith("sqlite3"):
        return ""
    password = f":{quote(given['PASSWORD'], safe='')}" if given.get("PASSWORD") else ""
    port = f":{given['PORT']}" if given.get("PORT") else ""
    return f"postgres://{quote(given.get('USER') or '', safe='')}{password}@{given.get('HOST') or 'localhost'}{port}"

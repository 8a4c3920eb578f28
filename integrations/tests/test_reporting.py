"""What every command promises: progress on stderr, one JSON object as the last line of stdout, an honest status."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management.base import CommandError
from django.db import DatabaseError, OperationalError, ProgrammingError

from integrations.reporting import FAILED, ReportingCommand


class Counting(ReportingCommand):
    """Does as its test says."""

    requires_system_checks = []

    def __init__(self, handle: Any) -> None:
        super().__init__(stdout=StringIO(), stderr=StringIO())
        self.handle = lambda *args, **options: handle(self, options["json"])  # type: ignore[method-assign]

    def run(self, *arguments: str) -> tuple[int, str, str]:
        status = 0
        try:
            self.run_from_argv(["manage.py", "counting", *arguments])
        except SystemExit as left:
            status = int(left.code or 0)
        return status, self.stdout._out.getvalue(), self.stderr._out.getvalue()


def done(command: ReportingCommand, as_json: bool) -> None:
    command.progress("1 of 2")
    command.report({"rows": 2, "at": None}, as_json=as_json)


def partly(command: ReportingCommand, as_json: bool) -> None:
    command.report({"rows": 1}, as_json=as_json, status=FAILED)


def failing(command: ReportingCommand, as_json: bool) -> None:
    command.fail("There is no location loc1.", as_json=as_json, rows=0)


def raising(problem: Exception) -> Any:
    def handle(command: ReportingCommand, as_json: bool) -> None:
        raise problem

    return handle


def test_progress_goes_to_stderr_and_the_object_to_stdout():
    assert Counting(done).run("--json") == (0, '{"rows": 2, "at": null}\n', "1 of 2\n")


def test_without_json_the_same_is_told_in_lines():
    assert Counting(done).run()[1] == "rows: 2\nat: None\n"


def test_partly_failed_is_status_1_with_the_object():
    assert Counting(partly).run("--json")[:2] == (1, '{"rows": 1}\n')


def test_a_failure_says_why_on_stderr_and_in_the_object():
    status, out, err = Counting(failing).run("--json")
    assert (status, err) == (1, "There is no location loc1.\n")
    assert json.loads(out) == {"rows": 0, "status": "failed", "error": "There is no location loc1."}


def test_a_failure_without_json_leaves_stdout_empty():
    assert Counting(failing).run() == (1, "", "There is no location loc1.\n")


def test_an_unknown_option_is_bad_usage():
    assert Counting(done).run("--nonsense")[:2] == (2, "")


def test_what_keeps_a_command_from_running_is_in_the_object_too():
    status, out, _ = Counting(raising(CommandError("The checks failed.", returncode=3))).run("--json")
    assert (status, json.loads(out)["error"]) == (3, "The checks failed.")


@pytest.mark.parametrize("problem", [OperationalError("host 10.0.0.5 down"), ProgrammingError("row (Dana, …)")])
def test_a_database_that_is_away_is_told_in_words_without_the_driver_s_text(problem):
    status, out, err = Counting(raising(problem)).run("--json")
    assert (status, "DATABASE_URL" in json.loads(out)["error"]) == (1, True)
    assert str(problem) not in out + err


def test_the_driver_s_text_is_there_for_those_who_ask():
    with pytest.raises(OperationalError, match="host"):
        Counting(raising(OperationalError("host 10.0.0.5 down"))).run("--json", "--traceback")


def test_a_mistake_in_the_program_is_not_taken_for_a_failure():
    with pytest.raises(DatabaseError, match="bug"):
        Counting(raising(DatabaseError("bug"))).run("--json")

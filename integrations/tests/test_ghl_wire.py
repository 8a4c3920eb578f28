"""One request, all that can happen to it on the way, and how often it is sent: against a real server on loopback."""

import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from integrations.ghl import errors
from integrations.ghl.retry import RetryPolicy
from integrations.tests.ghl_cast import TOKEN, Clock, new_client, payload

FINE = {"contact": {"id": "c1"}}


class ScriptedServer(ThreadingHTTPServer):
    """Answers each request with the next line of its script, the last one for ever. `seen`: what was asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Scripted)
        self.script = []
        self.seen = []
        self.let_go = threading.Event()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class Scripted(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append((self.command, self.path, body))
        script = self.server.script
        (script.pop(0) if len(script) > 1 else script[0])(self)

    do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815

    def log_message(self, *_):
        """The test's output is its own."""


def answer(body=FINE, status=200, headers=(), kind="application/json", announce=0):
    """A whole answer, or with `announce` one that breaks off that many bytes too early."""

    def act(handler):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        handler.send_response(status)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(content) + announce),
            **dict(headers),
        }.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)
        handler.close_connection = bool(announce)

    return act


def hang_up(handler):
    handler.close_connection = True


def keep_silent(handler):
    handler.server.let_go.wait(10)
    handler.close_connection = True


def stop_half_way(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b"{")
    handler.wfile.flush()
    keep_silent(handler)


@pytest.fixture
def ghl():
    server = ScriptedServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.let_go.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def client(ghl, tmp_path, clock):
    with new_client(tmp_path, clock, base_url=ghl.url, timeout_seconds=5) as client:
        yield client


@pytest.fixture
def hasty(ghl, tmp_path, clock):
    policy = RetryPolicy(attempts=2)
    with new_client(tmp_path, clock, base_url=ghl.url, timeout_seconds=0.2, retry=policy) as client:
        yield client


PASSING = {
    "a fault": answer({"message": "oops"}, 503),
    "a crowd": answer(payload("error_429")["body"], 429, payload("error_429")["_headers"]),
    "a web page": answer(b"<html>Sorry</html>", kind="text/html"),
    "broken JSON": answer(b'{"contact": '),
    "half an answer": answer(b'{"contact": {"id"', announce=50),
    "a lost connection": hang_up,
    "a redirect": answer(b"", 302, {"Location": "https://elsewhere.test/"}),
}


@pytest.mark.parametrize("trouble", PASSING)
def test_a_read_gets_over_what_passes(ghl, client, trouble):
    ghl.script = [PASSING[trouble], answer()]
    assert client.get_contact("c1") == {"id": "c1"}
    assert (len(ghl.seen), client.requests_made) == (2, 2)


@pytest.mark.parametrize("trouble", [name for name in PASSING if name != "a crowd"])
def test_a_write_that_may_have_worked_is_sent_once(ghl, client, trouble):
    ghl.script = [PASSING[trouble], answer()]
    with pytest.raises(errors.TransientGHLError) as caught:
        client.create_contact({"firstName": "Dana"})
    assert len(ghl.seen) == 1
    assert not caught.value.nothing_was_done


def test_a_write_that_was_turned_away_in_a_crowd_is_sent_again(ghl, client, clock):
    ghl.script = [PASSING["a crowd"], answer(status=201)]
    assert client.create_contact({"firstName": "Dana"}) == {"id": "c1"}
    assert (len(ghl.seen), clock.slept[0] >= 10.5) == (2, True)


def test_the_search_is_a_read_though_a_post(ghl, client):
    ghl.script = [hang_up, answer({"contacts": [], "total": 0})]
    assert client.search_contacts_page().items == []
    assert len(ghl.seen) == 2


@pytest.mark.parametrize("silence", [keep_silent, stop_half_way])
def test_silence_ends_in_an_error_that_says_so(ghl, hasty, silence):
    ghl.script = [silence]
    with pytest.raises(errors.Unreachable, match="no answer within 0.2 seconds|stopped half-way"):
        hasty.get_contact("c1")
    assert len(ghl.seen) == 2


def test_a_connection_that_was_refused_is_tried_again_even_for_a_write(ghl, tmp_path, clock):
    with new_client(tmp_path, clock, base_url="http://127.0.0.1:1") as client:
        with pytest.raises(errors.Unreachable, match="refused") as caught:
            client.create_contact({})
        assert (client.requests_made, caught.value.nothing_was_done) == (5, True)


def test_a_storm_of_refusals_ends_within_minutes_where_a_person_sees_it(ghl, client, clock):
    ghl.script = [answer({"message": "Too Many Requests"}, 429)]
    began = clock.now
    with pytest.raises(errors.RateLimited, match="fewer requests"):
        client.get_contact("c1")
    assert len(ghl.seen) == 5
    assert 40 < clock.now - began < 60


def test_the_advice_of_the_server_is_followed(ghl, client, clock):
    ghl.script = [answer({}, 429, {"Retry-After": "3"}), answer()]
    client.get_contact("c1")
    assert 3 <= sum(clock.slept) < 4


def test_a_spent_day_is_not_asked_again(ghl, client):
    ghl.script = [answer({}, 429, {"X-RateLimit-Daily-Remaining": "0"})]
    for _ in range(2):
        with pytest.raises(errors.DailyAllowanceSpent):
            client.get_contact("c1")
    assert len(ghl.seen) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_refusal_is_final(ghl, client, status):
    ghl.script = [answer({"message": "no"}, status)]
    with pytest.raises(errors.PermanentGHLError):
        client.get_contact("c1")
    assert len(ghl.seen) == 1


def test_a_refusal_with_a_web_page_keeps_its_meaning(ghl, client):
    ghl.script = [answer(b"<html>no</html>", 403, kind="text/html")]
    with pytest.raises(errors.LocationForbidden):
        client.get_contact("c1")


def test_no_error_and_no_log_line_tells_a_secret_or_a_person(ghl, client, caplog):
    echo = {"message": f"Bad token {TOKEN}", "email": "dana@example.com"}
    ghl.script = [answer(echo, 500), hang_up, answer(echo, 401)]
    with caplog.at_level(logging.INFO), pytest.raises(errors.CredentialRejected) as caught:
        client.find_duplicate(email="dana@example.com")
    told = str(caught.value) + repr(caught.value) + caplog.text
    assert "Bad token [token]" in told
    assert "GET /contacts/search/duplicate failed with ServerFault" in told
    assert TOKEN not in told
    assert "dana" not in told


def test_a_lost_connection_does_not_quote_the_query(ghl, hasty):
    ghl.script = [hang_up]
    with pytest.raises(errors.Unreachable) as caught:
        hasty.find_duplicate(email="dana@example.com")
    assert "dana" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_token_that_cannot_be_one_is_named_and_never_sent(ghl, tmp_path, clock):
    with (
        new_client(tmp_path, clock, token="pit\r\nX: secret", base_url=ghl.url) as client,
        pytest.raises(errors.CredentialRejected, match="GET /contacts/c1.*no token has") as caught,
    ):
        client.get_contact("c1")
    assert "secret" not in str(caught.value)
    assert ghl.seen == []


def test_numbers_that_no_database_keeps_are_taken_for_nothing(ghl, client):
    ghl.script = [answer(b'{"contact": {"id": "c1", "a": NaN, "b": 1e999, "c": -Infinity, "d": 1.5}}')]
    assert client.get_contact("c1") == {"id": "c1", "a": None, "b": None, "c": None, "d": 1.5}


def test_json_nested_without_end_is_garbled(ghl, hasty):
    ghl.script = [answer(b"[" * 100_000)]
    with pytest.raises(errors.GarbledAnswer):
        hasty.get_contact("c1")


def test_an_answer_beyond_all_measure_is_cut_off(ghl, client, monkeypatch):
    monkeypatch.setattr("integrations.ghl.wire.LARGEST_ANSWER", 1000)
    ghl.script = [answer({"contact": {"id": "c1", "x": "y" * 2000}})]
    with pytest.raises(errors.UnexpectedPayload, match="larger than 1,000 bytes"):
        client.get_contact("c1")


def test_a_recording_that_breaks_off_is_no_recording(ghl, client):
    ghl.script = [answer(b"RIFF", kind="audio/x-wav", announce=1000)]
    with pytest.raises(errors.GarbledAnswer, match="broke off"), client.recording("m1") as recording:
        b"".join(recording.chunks)


def test_many_threads_share_one_client(ghl, client):
    ghl.script = [answer()]
    with ThreadPoolExecutor(8) as pool:
        contacts = list(pool.map(lambda number: client.get_contact(f"c{number}"), range(80)))
    assert contacts == [{"id": "c1"}] * 80
    assert client.requests_made == len(ghl.seen) == 80

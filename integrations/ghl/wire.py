"""One request to GHL, from asking the shared allowance to a decoded answer or a named error.

The only module that knows HTTP. It knows no endpoint.
"""

import json
import logging
import math
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any, TypeVar

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from integrations.ghl.errors import (
    CalledOff,
    CredentialRejected,
    GarbledAnswer,
    GHLError,
    UnexpectedPayload,
    Unreachable,
    error_for,
)
from integrations.ghl.pace import Pace
from integrations.ghl.retry import RetryPolicy, seconds_before_retry

logger = logging.getLogger(__name__)

T = TypeVar("T")

CONNECTIONS = 32  # kept open at most; a worker with more threads than that opens others as needed
LARGEST_ANSWER = 64 * 1024 * 1024  # bytes of JSON or text; 500 rich contacts are about 2 MB
LARGEST_FAULT = 256 * 1024  # bytes of an error answer that are read
LONGEST_READ = 8  # times the time-out: a server that drips one byte at a time is cut off after that


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """What to ask GHL. `path` must have its ids quoted; `params` never show in errors or logs.

    `still_wanted` is asked at the last moment, after the wait for the allowance: when it says no, CalledOff is raised.
    """

    method: str
    path: str
    version: str
    params: Mapping[str, Any] = field(default_factory=dict, repr=False)
    body: Any = field(default=None, repr=False)
    accept: str = "application/json"
    still_wanted: Callable[[], bool] = field(default=lambda: True, repr=False)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class BearerToken(requests.auth.AuthBase):
    """Puts the token on a request. An auth object, since a .netrc on the machine would override a plain header."""

    def __init__(self, token: str) -> None:
        self._token = token.strip()

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if not (self._token.isascii() and self._token.isprintable()):
            # Sent as it is, http.client would refuse it with an error that quotes it.
            raise CredentialRejected(detail="the stored token holds characters that no token has")
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def hidden_in(self, text: str) -> str:
        """The text with the token blotted out, should anything ever echo it."""
        return text.replace(self._token, "[token]") if self._token else text


def new_session() -> requests.Session:
    """A session that several threads can share: enough connections, and no cookies that they could mix up."""
    session = requests.Session()
    session.mount("https://", HTTPAdapter(pool_connections=1, pool_maxsize=CONNECTIONS))
    session.mount("http://", HTTPAdapter(pool_connections=1, pool_maxsize=CONNECTIONS))
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


class Wire:
    """Sends requests at the pace of the location, again where that is safe, and turns failures into GHLErrors.

    May be used from several threads. `requests_made` counts what was really sent, repeats included.
    """

    def __init__(
        self,
        token: str,
        *,
        base_url: str,
        pace: Pace,
        timeout_seconds: float,
        bulk: bool,
        session_factory: Callable[[], requests.Session] = new_session,
        sleep: Callable[[float], None] = time.sleep,
        retry: RetryPolicy | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._auth = BearerToken(token)
        self._base_url = base_url.rstrip("/")
        self._pace = pace
        self._timeout_seconds = timeout_seconds
        self._bulk = bulk
        self._session = session_factory()
        self._sleep = sleep
        self._retry = retry or RetryPolicy()
        self._jitter = jitter
        self._counting = threading.Lock()
        self.requests_made = 0

    def close(self) -> None:
        self._session.close()

    def json(self, request: ApiRequest) -> Any:
        """The decoded JSON of the answer, whatever it is; None for an empty answer to a write."""
        return self._persist(request, self._read_json)

    def json_object(self, request: ApiRequest) -> Mapping[str, Any]:
        """The decoded JSON object. Raises GarbledAnswer when the answer is JSON of another kind."""
        answer = self.json(request)
        if not isinstance(answer, Mapping):
            raise GarbledAnswer(str(request), detail="it is not an object")
        return answer

    def text(self, request: ApiRequest) -> str:
        """The answer as text. Raises GarbledAnswer for a web page."""
        return self._persist(request, self._read_text)

    def open(self, request: ApiRequest) -> requests.Response:
        """The answer with its body still to come: read it with `chunks`, and close it."""
        return self._persist(request, lambda response, _: response)

    def chunks(self, request: ApiRequest, response: requests.Response, largest: int) -> Iterator[bytes]:
        """The body, piece by piece. Raises Unreachable or GarbledAnswer when it breaks off, UnexpectedPayload when it
        is larger than `largest` bytes.
        """
        return self._chunks(request, response, largest, deadline=None)

    # ------------------------------------------------------------ sending

    def _persist(self, request: ApiRequest, read: Callable[[requests.Response, ApiRequest], T]) -> T:
        attempt = 1
        while True:
            try:
                return self._once(request, read)
            except GHLError as error:
                error.request = error.request or str(request)
                wait = seconds_before_retry(
                    request.method, request.path, attempt, error, jitter=self._jitter(), policy=self._retry
                )
                if wait is None:
                    raise
                logger.info("%s failed with %s, again in %.1f s", request, type(error).__name__, wait)
                self._sleep(wait)
                attempt += 1

    def _once(self, request: ApiRequest, read: Callable[[requests.Response, ApiRequest], T]) -> T:
        self._pace.acquire(self._bulk)
        response = self._send(request)
        try:
            self._pace.observe(response.headers, response.status_code)
            if not 200 <= response.status_code < 300:
                raise self._refusal(request, response)
            answer = read(response, request)
        except BaseException:
            response.close()
            raise
        if answer is not response:
            response.close()
        return answer

    def _send(self, request: ApiRequest) -> requests.Response:
        if not request.still_wanted():
            raise CalledOff(str(request))
        with self._counting:
            self.requests_made += 1
        try:
            return self._session.request(
                request.method,
                self._base_url + request.path,
                params=dict(request.params),
                json=request.body,
                headers={"Accept": request.accept, "Version": request.version, "User-Agent": "ghlportal"},
                auth=self._auth,
                timeout=self._timeout_seconds,
                allow_redirects=False,  # the API has none; a redirect would carry the token to who knows where
                stream=True,
            )
        except requests.RequestException as exc:
            # The cause is named by its type only: its own text quotes the address with the query.
            raise Unreachable(
                str(request), before_sending=_before_sending(exc), detail=_words_for(exc, self._timeout_seconds)
            ) from None

    def _refusal(self, request: ApiRequest, response: requests.Response) -> GHLError:
        try:
            body = json.loads(self._auth.hidden_in(self._body(request, response, LARGEST_FAULT).decode()))
        except (GHLError, ValueError, RecursionError):
            body = None  # a proxy's page, or half an answer: the status says enough
        return error_for(response.status_code, request=str(request), headers=response.headers, body=body)

    # ------------------------------------------------------------ reading

    def _read_json(self, response: requests.Response, request: ApiRequest) -> Any:
        body = self._body(request, response, LARGEST_ANSWER)
        if not body.strip() and request.method != "GET":
            return None
        try:
            return json.loads(body, parse_constant=lambda _: None, parse_float=_finite)
        except (ValueError, RecursionError):
            raise GarbledAnswer(
                str(request), status=response.status_code, detail=_what_instead(body, response)
            ) from None

    def _read_text(self, response: requests.Response, request: ApiRequest) -> str:
        body = self._body(request, response, LARGEST_ANSWER)
        if is_web_page(response):
            raise GarbledAnswer(str(request), status=response.status_code, detail="it is a web page")
        return body.decode("utf-8", errors="replace")

    def _body(self, request: ApiRequest, response: requests.Response, largest: int) -> bytes:
        deadline = time.monotonic() + LONGEST_READ * self._timeout_seconds
        return b"".join(self._chunks(request, response, largest, deadline))

    def _chunks(
        self, request: ApiRequest, response: requests.Response, largest: int, deadline: float | None
    ) -> Iterator[bytes]:
        size = 0
        try:
            for chunk in response.iter_content(65536):
                size += len(chunk)
                if size > largest:
                    raise UnexpectedPayload(str(request), detail=f"the answer is larger than {largest:,} bytes")
                if deadline is not None and time.monotonic() > deadline:
                    raise Unreachable(str(request), detail="the answer came too slowly to wait for its end")
                yield chunk
        except requests.RequestException as exc:
            if "timed out" in str(exc).lower():
                raise Unreachable(str(request), detail="the answer stopped half-way") from None
            raise GarbledAnswer(str(request), status=response.status_code, detail="it broke off half-way") from None


def is_web_page(response: requests.Response) -> bool:
    return "html" in response.headers.get("Content-Type", "").lower()


def _what_instead(body: bytes, response: requests.Response) -> str:
    if is_web_page(response) or body.lstrip()[:1] == b"<":
        return "it is a web page, not JSON"
    return f"its {len(body):,} bytes are not valid JSON"


def _finite(digits: str) -> float | None:
    """1e999 is valid JSON, but an infinity to Python, which no database takes as JSON again."""
    number = float(digits)
    return number if math.isfinite(number) else None


def _before_sending(exc: requests.RequestException) -> bool:
    """Whether the connection failed before any of the request left: then repeating it is safe for a write, too."""
    if isinstance(exc, requests.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    reason = getattr(exc.args[0], "reason", None) if exc.args else None
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def _words_for(exc: requests.RequestException, timeout_seconds: float) -> str:
    if isinstance(exc, requests.Timeout):
        return f"no answer within {timeout_seconds:g} seconds"
    if isinstance(exc, requests.exceptions.SSLError):
        return "the secure connection could not be set up"
    if isinstance(exc, requests.exceptions.ProxyError):
        return "the proxy refused the connection"
    if _before_sending(exc):
        return "the connection was refused, or the name of the server is not known"
    if isinstance(exc, requests.ConnectionError):
        return "the connection was lost before the answer came"
    return type(exc).__name__

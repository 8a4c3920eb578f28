"""Looks at the running demo as a reviewer's browser would: logs in, opens the review queue, counts its records."""

import http.cookiejar
import re
import urllib.error
import urllib.parse
import urllib.request

TIMEOUT_SECONDS = 20
CSRF_FIELD = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class CheckFailedError(Exception):
    """The portal runs but does not show what it should."""


def check_review_queue(address: str, review_path: str, username: str, password: str) -> int:
    """How many records the first page of the review queue links to. Raises CheckFailedError when there is none."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    login = f"{address}/admin/login/?next={urllib.parse.quote(review_path)}"
    token = CSRF_FIELD.search(_page(browser, login))
    if token is None:
        raise CheckFailedError(f"{login} shows no login form.")
    fields = {"csrfmiddlewaretoken": token[1], "username": username, "password": password, "next": review_path}
    queue = _page(browser, login, urllib.parse.urlencode(fields).encode(), expected=review_path)
    records = set(re.findall(rf"stagedrecord/({UUID})/", queue))
    if not records:
        raise CheckFailedError(f"{address}{review_path} shows no record to review.")
    return len(records)


def _page(
    browser: urllib.request.OpenerDirector, url: str, body: bytes | None = None, *, expected: str | None = None
) -> str:
    request = urllib.request.Request(url, data=body, headers={"Referer": url})  # noqa: S310  our own http address
    try:
        with browser.open(request, timeout=TIMEOUT_SECONDS) as answer:
            page: str = answer.read().decode("utf-8", "replace")
            arrived = urllib.parse.urlsplit(answer.url).path
    except urllib.error.HTTPError as refusal:
        raise CheckFailedError(f"{url} answers {refusal.code}.") from refusal
    except OSError as problem:
        raise CheckFailedError(f"{url} does not answer: {problem}.") from problem
    if expected is not None and arrived != expected:
        raise CheckFailedError(f"The login as a reviewer led to {arrived} instead of {expected}.")
    return page

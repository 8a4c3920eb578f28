"""Making, proving and revoking the tokens of the API.

Tokens of our own rather than a package's: Django REST framework keeps its tokens readable, one for each user, and what
is needed beyond that (a name, a digest, an end) is these few lines. A token is 256 random bits, so that one round of
SHA-256 is all the hiding that its digest needs, and the digest finds its row.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db.models import Q
from django.utils import timezone

from integrations.models import ApiToken

PREFIX = "ghlportal_"  # by which programs that look for leaked secrets know one
LONGEST = 200  # characters that are looked at
USE_NOTED_EVERY = timedelta(minutes=1)


def digest_of(plain: str) -> str:
    return sha256(plain.encode()).hexdigest()


def new_secret() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def make(user: Any, name: str, expires_at: datetime | None = None) -> tuple[ApiToken, str]:
    """A new token of a user, and its text, which is nowhere kept."""
    plain = new_secret()
    return ApiToken.objects.create(user=user, name=name, expires_at=expires_at, digest=digest_of(plain)), plain


def proven(plain: str) -> ApiToken | None:
    """The token with this text, with its user, when both may come in; None otherwise, whatever the reason."""
    if not plain.startswith(PREFIX) or len(plain) > LONGEST:
        return None
    token = ApiToken.objects.select_related("user").filter(digest=digest_of(plain)).first()
    if token is None or not token.works or not (token.user.is_active and token.user.is_staff):
        return None
    _note_use(token)
    return token


def revoke(token: ApiToken) -> bool:
    """Ends a token for good. False when it was revoked before."""
    now = timezone.now()
    return bool(ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now, updated_at=now))


def _note_use(token: ApiToken) -> None:
    """Once a minute, so that reading does not write."""
    now = timezone.now()
    if token.last_used_at is None or token.last_used_at < now - USE_NOTED_EVERY:
        unnoted = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
        ApiToken.objects.filter(unnoted, pk=token.pk).update(last_used_at=now)

"""Who may use the API: staff with a token or a session, with the same rights that they have in the admin."""

from typing import Any

from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from integrations import api_tokens
from integrations.models import ApiToken

KEYWORDS = ("bearer", "token")


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer …` or `Token …`. What is wrong with a token is nobody's business but its owner's."""

    def authenticate(self, request: Request) -> tuple[Any, ApiToken] | None:
        keyword, _, plain = get_authorization_header(request).decode("latin-1").partition(" ")
        if keyword.lower() not in KEYWORDS:
            return None
        token = api_tokens.proven(plain.strip())
        if token is None:
            raise AuthenticationFailed("This token is not accepted.")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


AUTHENTICATION = (TokenAuthentication, SessionAuthentication)


class IsStaff(BasePermission):
    """For what all staff may see."""

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        return bool(user and user.is_authenticated and user.is_active and user.is_staff)


class HasRight(IsStaff):
    """Staff with the right that `view.rights` names for the action. An action without one is nobody's."""

    message = "Your role does not include this."

    def has_permission(self, request: Request, view: Any) -> bool:
        if not super().has_permission(request, view):
            return False
        if (request.method or "").lower() not in view.action_map:
            return True  # there is no such action: the answer is 405
        right = view.rights.get(view.action)
        return right is not None and request.user.has_perm(right)


class Pace(SimpleRateThrottle):
    """So many requests a minute for each token, and for each person's session; counted in each web process."""

    scope = "caller"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        caller = request.auth if isinstance(request.auth, ApiToken) else request.user
        if caller is None or caller.pk is None:
            return None
        return f"api-pace-{type(request.auth).__name__}-{caller.pk}"

"""A text column that is encrypted at rest, and the value that it gives: a secret that does not show itself."""

import base64
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.query_utils import DeferredAttribute

PREFIX = "fernet:"  # marks ciphertext, so that a value is never encrypted twice nor a plain one taken for a secret


class SecretUnreadableError(Exception):
    """A stored secret cannot be decrypted with the keys at hand; the text says what to do."""


class Secret:
    """One secret, encrypted until `reveal()` is called. Its text, repr and pickles never show the plain value."""

    __slots__ = ("_stored",)

    def __init__(self, stored: str) -> None:
        """`stored` is what the database holds: ciphertext, or a text that another system put there unencrypted."""
        self._stored = stored

    @classmethod
    def of(cls, plain: str) -> "Secret":
        return cls(PREFIX + _keyring().encrypt(plain.encode()).decode() if plain else "")

    @property
    def stored(self) -> str:
        """For the database column only."""
        return self._stored

    @property
    def ciphertext(self) -> str:
        """For dumps and pickles: empty when what is stored is not encrypted."""
        return self._stored if self._stored.startswith(PREFIX) else ""

    def reveal(self) -> str:
        """The plain value. Raises SecretUnreadableError when no key fits."""
        if not self._stored:
            return ""
        if not self.ciphertext:
            raise SecretUnreadableError(
                "A stored secret is not encrypted, so it is not used. Enter it again on the location's page."
            )
        try:
            return _keyring().decrypt(self._stored.removeprefix(PREFIX).encode()).decode()
        except InvalidToken:
            # `from None`: the cause's traceback holds the ciphertext.
            raise SecretUnreadableError(
                "A stored secret cannot be decrypted with FIELD_ENCRYPTION_KEYS. "
                "Put the key it was written with back into that list, or enter the secret again on the location's page."
            ) from None

    @property
    def hint(self) -> str:
        """What staff may see of it: the last four characters of a secret long enough to lose them."""
        if not self:
            return "not set"
        try:
            plain = self.reveal()
        except SecretUnreadableError:
            return "cannot be read with the present keys"
        return f"•••• {plain[-4:]}" if len(plain) >= 12 else "••••"

    def rotated(self) -> "Secret":
        """The same secret, encrypted with the newest key."""
        return Secret.of(self.reveal())

    def __bool__(self) -> bool:
        return bool(self._stored)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._stored == other._stored

    def __hash__(self) -> int:
        return hash(self._stored)

    def __reduce__(self) -> tuple[type["Secret"], tuple[str]]:
        return Secret, (self.ciphertext,)

    def __repr__(self) -> str:
        return "<Secret set>" if self else "<Secret not set>"

    __str__ = __repr__


class EncryptedAttribute(DeferredAttribute):
    """Encrypts on assignment, so that no plain text waits on a row to be saved, shown or pickled."""

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = self.field.to_python(value)


if TYPE_CHECKING:
    TextField = models.TextField[str | Secret, Secret]  # what may be assigned, and what is read
else:
    TextField = models.TextField


class EncryptedField(TextField):
    """A TextField holding a `Secret`. Assigning plain text encrypts it; dumps see ciphertext, forms nothing of it."""

    descriptor_class = EncryptedAttribute

    def from_db_value(self, value: str | None, expression: object, connection: BaseDatabaseWrapper) -> Secret | None:
        return None if value is None else Secret(value)

    def to_python(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value  # a Secret, None, or the database's own default
        return Secret(value) if value.startswith(PREFIX) else Secret.of(value)

    def get_prep_value(self, value: Any) -> Any:
        secret = self.to_python(value)
        return secret.stored if isinstance(secret, Secret) else secret

    def value_to_string(self, obj: models.Model) -> str:
        secret = self.value_from_object(obj)
        return secret.ciphertext if isinstance(secret, Secret) else ""

    def formfield(self, *args: Any, **kwargs: Any) -> None:
        """No form takes it by itself: it would show the stored value's stand-in, and save that as the new secret."""

    def get_lookup(self, lookup_name: str) -> Any:
        """Only "is it null": equal texts have different ciphertexts, so any other comparison would find nothing."""
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None


def _keyring() -> MultiFernet:
    return _keyring_of(tuple(settings.FIELD_ENCRYPTION_KEYS))


@lru_cache(maxsize=8)
def _keyring_of(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_fernet_key(key)) for key in keys])


def _fernet_key(key: str) -> bytes:
    """A ready Fernet key as it is; any other text hashed into one."""
    try:
        if len(base64.urlsafe_b64decode(key.encode())) == 32:
            return key.encode()
    except ValueError:
        pass  # not base64, so a pass phrase
    return base64.urlsafe_b64encode(sha256(key.encode()).digest())

"""A text column that is encrypted at rest, and the value that it gives: a secret that does not show itself."""

import base64
from functools import lru_cache
from hashlib import sha256
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

PREFIX = "fernet:"  # marks ciphertext, so that a value is never encrypted twice nor a plain one taken for a secret


class SecretUnreadableError(Exception):
    """A stored secret cannot be decrypted with the keys at hand; the text says what to do."""


class Secret:
    """One secret, encrypted until `reveal()` is called. Its text, repr and pickles never show the plain value."""

    __slots__ = ("_ciphertext",)

    def __init__(self, ciphertext: str) -> None:
        self._ciphertext = ciphertext

    @classmethod
    def of(cls, plain: str) -> "Secret":
        return cls(PREFIX + _keyring().encrypt(plain.encode()).decode() if plain else "")

    @property
    def ciphertext(self) -> str:
        return self._ciphertext

    def reveal(self) -> str:
        """The plain value. Raises SecretUnreadableError when no key fits."""
        if not self._ciphertext:
            return ""
        if not self._ciphertext.startswith(PREFIX):
            raise SecretUnreadableError("A stored secret is not encrypted. Enter it again on the integration's page.")
        try:
            return _keyring().decrypt(self._ciphertext.removeprefix(PREFIX).encode()).decode()
        except InvalidToken:
            # `from None`: the cause's traceback holds the ciphertext.
            raise SecretUnreadableError(
                "A stored secret cannot be decrypted with FIELD_ENCRYPTION_KEYS. "
                "Put the key it was written with back into that list, or enter the secret again."
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
        return bool(self._ciphertext)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._ciphertext == other._ciphertext

    def __hash__(self) -> int:
        return hash(self._ciphertext)

    def __repr__(self) -> str:
        return "<Secret set>" if self else "<Secret not set>"

    __str__ = __repr__


class EncryptedField(models.TextField):
    """A TextField holding a `Secret`. Assigning plain text encrypts it; dumps and admin forms see ciphertext only."""

    def from_db_value(self, value: str | None, expression: object, connection: BaseDatabaseWrapper) -> Secret | None:
        return None if value is None else Secret(value)

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, Secret):
            return value
        return Secret(value) if value.startswith(PREFIX) else Secret.of(value)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        secret = self.to_python(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, secret)  # the plain text does not outlive the save
        return secret

    def get_prep_value(self, value: Any) -> str | None:
        secret = self.to_python(value)
        return None if secret is None else secret.ciphertext

    def value_to_string(self, obj: models.Model) -> str:
        return self.get_prep_value(self.value_from_object(obj)) or ""

    def get_lookup(self, lookup_name: str) -> Any:
        """Only "is it null": equal plain texts have different ciphertexts, so any other comparison would find nothing."""
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

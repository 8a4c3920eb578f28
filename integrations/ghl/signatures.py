"""Proof that a marketplace-app delivery is GHL's: a signature over the raw body (GHL's webhook integration guide).

`X-GHL-Signature` is base64 of an Ed25519 signature. `X-WH-Signature`, which GHL announced to drop on 1 September 2026,
is base64 of RSA with SHA-256 and PKCS#1 v1.5 padding. Both cover the bytes of the body as sent.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from textwrap import wrap

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

HEADER = "X-GHL-Signature"
LEGACY_HEADER = "X-WH-Signature"
NO_SIGNATURE = ("", "n/a")  # what a header may say instead of a signature
LONGEST_SIGNATURE = 4096  # characters of base64; an RSA key of 4096 bits needs 684

PEM = re.compile(r"-----BEGIN PUBLIC KEY-----(.*?)-----END PUBLIC KEY-----", re.DOTALL)

PUBLISHED_KEYS: tuple[str, ...] = (
    """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAi2HR1srL4o18O8BRa7gVJY7G7bupbN3H9AwJrHCDiOg=
-----END PUBLIC KEY-----
""",
    """-----BEGIN PUBLIC KEY-----
MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAokvo/r9tVgcfZ5DysOSC
Frm602qYV0MaAiNnX9O8KxMbiyRKWeL9JpCpVpt4XHIcBOK4u3cLSqJGOLaPuXw6
dO0t6Q/ZVdAV5Phz+ZtzPL16iCGeK9po6D6JHBpbi989mmzMryUnQJezlYJ3DVfB
csedpinheNnyYeFXolrJvcsjDtfAeRx5ByHQmTnSdFUzuAnC9/GepgLT9SM4nCpv
uxmZMxrJt5Rw+VUaQ9B8JSvbMPpez4peKaJPZHBbU3OdeCVx5klVXXZQGNHOs8gF
3kvoV5rTnXV0IknLBXlcKKAQLZcY/Q9rG6Ifi9c+5vqlvHPCUJFT5XUGG5RKgOKU
J062fRtN+rLYZUV+BjafxQauvC8wSWeYja63VSUruvmNj8xkx2zE/Juc+yjLjTXp
IocmaiFeAO6fUtNjDeFVkhf5LNb59vECyrHD2SQIrhgXpO4Q3dVNA5rw576PwTzN
h/AMfHKIjE4xQA1SZuYJmNnmVZLIZBlQAF9Ntd03rfadZ+yDiOXCCs9FkHibELhC
HULgCsnuDJHcrGNd5/Ddm5hxGQ0ASitgHeMZ0kcIOwKDOzOU53lDza6/Y09T7sYJ
PQe7z0cvj7aE4B+Ax1ZoZGPzpJlZtGXCsu9aTEGEnKzmsFqwcSsnw3JB31IGKAyk
T1hhTiaCeIY/OwwwNUY2yvcCAwEAAQ==
-----END PUBLIC KEY-----
""",
)


def verify_app_delivery(body: bytes, headers: Mapping[str, str], keys: Sequence[str]) -> bool:
    """Whether GHL signed this very body with one of `keys` (PEM public keys of either kind, several while they rotate).

    Where `X-GHL-Signature` is given, it alone counts: a bad one is not saved by a good legacy one. No signature, no
    usable key, anything unreadable: False. Never raises.
    """
    if signature := _header(headers, HEADER):
        return any(_signed_ed25519(key, signature, body) for key in _keys(keys) if isinstance(key, Ed25519PublicKey))
    if signature := _header(headers, LEGACY_HEADER):
        return any(_signed_rsa(key, signature, body) for key in _keys(keys) if isinstance(key, RSAPublicKey))
    return False


def split_pems(text: str) -> tuple[str, ...]:
    """The PEM public keys in a setting's text, one after the other, with anything or nothing between them.

    Line ends may have become blanks or the two characters "\\n", as happens to environment variables. What is no PEM
    block is left out; whether a block holds a key of use is for `is_usable_key`.
    """
    blocks = (re.sub(r"\\[nr]|\s", "", found) for found in PEM.findall(text))
    return tuple(
        f"-----BEGIN PUBLIC KEY-----\n{chr(10).join(wrap(block, 64))}\n-----END PUBLIC KEY-----\n" for block in blocks
    )


def is_usable_key(pem: str) -> bool:
    """Whether deliveries can be checked with this key: it loads, and is Ed25519 or RSA."""
    return _load(pem) is not None


def _header(headers: Mapping[str, str], name: str) -> bytes:
    """The signature in a header, whatever the case of its name; b"" when there is none.

    A header that is there but holds no base64 comes back as it is: present, and sure to fail.
    """
    values = (value for key, value in headers.items() if isinstance(key, str) and key.lower() == name.lower())
    told = next((value.strip() for value in values if isinstance(value, str)), "")
    if told.lower() in NO_SIGNATURE:
        return b""
    try:
        return base64.b64decode(told[:LONGEST_SIGNATURE], validate=True)
    except ValueError:  # not base64, or not even ASCII
        return b"?"


def _keys(pems: Sequence[str]) -> list[Ed25519PublicKey | RSAPublicKey]:
    return [key for key in map(_load, pems) if key is not None]


@lru_cache(maxsize=16)
def _load(pem: str) -> Ed25519PublicKey | RSAPublicKey | None:
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, Ed25519PublicKey | RSAPublicKey) else None


def _signed_ed25519(key: Ed25519PublicKey, signature: bytes, body: bytes) -> bool:
    try:
        key.verify(signature, body)
    except InvalidSignature:
        return False
    return True


def _signed_rsa(key: RSAPublicKey, signature: bytes, body: bytes) -> bool:
    try:
        key.verify(signature, body, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True

"""A marketplace-app delivery counts only with GHL's signature over its very bytes."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.ghl.signatures import PUBLISHED_KEYS, is_usable_key, split_pems, verify_app_delivery

BODY = json.dumps({"type": "InboundMessage", "body": "Grüße"}, ensure_ascii=False).encode()


def pem(key: PublicKeyTypes) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


ED, OTHER_ED = ed25519.Ed25519PrivateKey.generate(), ed25519.Ed25519PrivateKey.generate()
RSA, OTHER_RSA = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
ED_PEM, OTHER_ED_PEM, RSA_PEM, OTHER_RSA_PEM = (pem(key.public_key()) for key in (ED, OTHER_ED, RSA, OTHER_RSA))
KEYS = [ED_PEM, RSA_PEM]


def ghl(body: bytes = BODY, key: ed25519.Ed25519PrivateKey = ED) -> dict[str, str]:
    return {"X-GHL-Signature": base64.b64encode(key.sign(body)).decode()}


def legacy(body: bytes = BODY, key: rsa.RSAPrivateKey = RSA) -> dict[str, str]:
    return {"X-WH-Signature": base64.b64encode(key.sign(body, padding.PKCS1v15(), SHA256())).decode()}


@pytest.mark.parametrize("headers", [ghl(), legacy(), {**ghl(), **legacy()}], ids=["now", "legacy", "both"])
def test_a_genuine_signature_is_accepted(headers):
    assert verify_app_delivery(BODY, headers, KEYS)
    assert verify_app_delivery(BODY, {name.lower(): value for name, value in headers.items()}, KEYS)
    assert verify_app_delivery(BODY, {name: f" {value}\n" for name, value in headers.items()}, KEYS)


@pytest.mark.parametrize("headers", [ghl(), legacy(), {**ghl(), **legacy()}], ids=["now", "legacy", "both"])
@pytest.mark.parametrize("body", [BODY + b" ", BODY[:-1], b"", json.dumps(json.loads(BODY)).encode()])
def test_a_body_changed_by_a_single_byte_is_refused(headers, body):
    assert not verify_app_delivery(body, headers, KEYS)


@pytest.mark.parametrize("headers", [ghl(key=OTHER_ED), legacy(key=OTHER_RSA)], ids=["now", "legacy"])
def test_somebody_else_s_key_is_refused(headers):
    assert not verify_app_delivery(BODY, headers, KEYS)


def test_a_bad_signature_is_not_saved_by_a_good_legacy_one():
    assert not verify_app_delivery(BODY, {**ghl(key=OTHER_ED), **legacy()}, KEYS)
    assert not verify_app_delivery(BODY, {"X-GHL-Signature": "garbage!", **legacy()}, KEYS)
    assert not verify_app_delivery(BODY, {**ghl(), **legacy()}, [RSA_PEM])


def test_a_bad_legacy_signature_beside_a_good_one_does_no_harm():
    assert verify_app_delivery(BODY, {**ghl(), **legacy(key=OTHER_RSA)}, KEYS)


@pytest.mark.parametrize("none", ["N/A", "n/a", "", "  "])
def test_a_header_that_says_there_is_no_signature_counts_as_absent(none):
    assert verify_app_delivery(BODY, {"X-GHL-Signature": none, **legacy()}, KEYS)
    assert not verify_app_delivery(BODY, {"X-GHL-Signature": none}, KEYS)
    assert not verify_app_delivery(BODY, {"X-GHL-Signature": none, "X-WH-Signature": none}, KEYS)


def test_without_signature_or_key_everything_is_refused():
    assert not verify_app_delivery(BODY, {}, KEYS)
    assert not verify_app_delivery(BODY, {"X-Signature": "1"}, KEYS)
    for headers in (ghl(), legacy()):
        assert not verify_app_delivery(BODY, headers, [])
        assert not verify_app_delivery(BODY, headers, ["", "no key", PUBLISHED_KEYS[0], PUBLISHED_KEYS[1]])


def test_one_kind_of_signature_is_never_checked_with_the_other_kind_of_key():
    crossed = {"X-GHL-Signature": legacy()["X-WH-Signature"], "X-WH-Signature": ghl()["X-GHL-Signature"]}
    assert not verify_app_delivery(BODY, crossed, KEYS)


@pytest.mark.parametrize("headers", [ghl(), legacy()], ids=["now", "legacy"])
def test_while_keys_rotate_both_the_old_and_the_new_are_accepted(headers):
    assert verify_app_delivery(BODY, headers, [OTHER_ED_PEM, OTHER_RSA_PEM, "broken", RSA_PEM, ED_PEM])


def test_other_paddings_and_digests_are_refused():
    pss = RSA.sign(BODY, padding.PSS(padding.MGF1(SHA256()), padding.PSS.MAX_LENGTH), SHA256())
    sha1 = RSA.sign(BODY, padding.PKCS1v15(), SHA1())  # noqa: S303
    for signature in (pss, sha1):
        assert not verify_app_delivery(BODY, {"X-WH-Signature": base64.b64encode(signature).decode()}, KEYS)


@settings(deadline=None)
@given(body=st.binary(max_size=50), name=st.sampled_from(["X-GHL-Signature", "x-wh-signature"]), value=st.text())
def test_nothing_made_up_is_accepted_and_nothing_is_raised(body, name, value):
    assert not verify_app_delivery(body, {name: value, "": value}, [*KEYS, value, *PUBLISHED_KEYS])


@pytest.mark.parametrize("odd", ["AAAA", "é", "=" * 9, base64.b64encode(b"x" * 9999).decode(), "\udce9"])
@pytest.mark.parametrize("name", ["X-GHL-Signature", "X-WH-Signature"])
def test_an_unreadable_signature_is_refused(name, odd):
    assert not verify_app_delivery(BODY, {name: odd}, KEYS)


# ---------------------------------------------------------------- keys


def test_the_published_keys_are_an_ed25519_key_and_an_rsa_key_of_4096_bits():
    ed, legacy_key = (load_pem_public_key(key.encode()) for key in PUBLISHED_KEYS)
    assert isinstance(ed, ed25519.Ed25519PublicKey)
    assert isinstance(legacy_key, rsa.RSAPublicKey)
    fingerprint = ed.public_bytes_raw().hex()
    assert (fingerprint[:8], fingerprint[-6:], legacy_key.key_size) == ("8b61d1d6", "8388e8", 4096)


@pytest.mark.parametrize("between", ["", "\n", ",", " ; the next one:\n"])
def test_the_keys_of_a_setting_are_found_whatever_stands_between(between):
    assert split_pems(between.join([ED_PEM, RSA_PEM, *PUBLISHED_KEYS])) == (ED_PEM, RSA_PEM, *PUBLISHED_KEYS)


@pytest.mark.parametrize("line_end", ["\\n", " ", "\r\n", "", "\\r\\n"])
def test_keys_survive_what_environment_variables_do_to_line_ends(line_end):
    text = "".join(KEYS).replace("\n", line_end)
    assert split_pems(text) == tuple(KEYS)
    assert verify_app_delivery(BODY, ghl(), split_pems(text))


@pytest.mark.parametrize("text", ["", "nothing", "-----BEGIN PUBLIC KEY-----", ED_PEM.replace("PUBLIC", "PRIVATE")])
def test_a_text_without_a_public_key_holds_none(text):
    assert split_pems(text) == ()


def test_a_key_is_of_use_only_if_it_loads_and_is_of_a_kind_ghl_signs_with():
    elliptic = pem(ec.generate_private_key(ec.SECP256R1()).public_key())
    assert [is_usable_key(key) for key in (*KEYS, *PUBLISHED_KEYS)] == [True] * 4
    assert [is_usable_key(key) for key in (elliptic, "", "\udce9", ED_PEM[:60])] == [False] * 4

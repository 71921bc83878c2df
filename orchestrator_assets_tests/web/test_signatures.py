"""Signatures, against the vectors that their inventors publish."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_assets.web.signatures import BadSecret, Headers, Provider, parse_secrets, standard_signature, verify

SECRET = "It's a Secret to Everybody"
HEX = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
STANDARD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
STANDARD_BODY = b'{"test": 2432232314}'
STANDARD_HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
THEN = 1614265330.0


def headers(**given: str) -> Headers:
    return Headers(
        [(name.replace("_", "-").lower().encode(), value.encode("latin-1")) for name, value in given.items()]
    )


def standard(**changed: str) -> Headers:
    return headers(**{name.replace("-", "_"): value for name, value in {**STANDARD_HEADERS, **changed}.items()})


@pytest.mark.parametrize(
    ("provider", "name", "value"),
    [
        (Provider.GITHUB, "x_hub_signature_256", f"sha256={HEX}"),
        (Provider.BITBUCKET, "x_hub_signature", f"sha256={HEX}"),
        (Provider.GITEA, "x_gitea_signature", HEX),
        (Provider.GITEA, "x_forgejo_signature", HEX),
    ],
)
def test_the_published_vectors_of_hmac_over_the_body(provider: Provider, name: str, value: str) -> None:
    assert verify(provider, [SECRET], headers(**{name: value}), b"Hello, World!", 0)
    assert verify(provider, ["new one", SECRET], headers(**{name: value}), b"Hello, World!", 0)
    assert not verify(provider, [SECRET], headers(**{name: value}), b"Hello World!", 0)
    assert not verify(provider, ["other"], headers(**{name: value}), b"Hello, World!", 0)
    assert not verify(provider, [], headers(**{name: value}), b"Hello, World!", 0)
    for other in Provider:
        if other is not provider:
            assert not verify(other, [SECRET], headers(**{name: value}), b"Hello, World!", 0)


@pytest.mark.parametrize("provider", [Provider.STANDARD, Provider.GITLAB])
def test_the_published_vector_of_standard_webhooks(provider: Provider) -> None:
    assert verify(provider, [STANDARD], standard(), STANDARD_BODY, THEN)
    assert verify(provider, [STANDARD.removeprefix("whsec_")], standard(), STANDARD_BODY, THEN)
    several = STANDARD_HEADERS["webhook-signature"]
    assert verify(provider, [STANDARD], standard(**{"webhook-signature": f"v1,AAAA {several}"}), STANDARD_BODY, THEN)
    assert verify(provider, [STANDARD], standard(), STANDARD_BODY, THEN + 299)
    for late in (THEN + 301, THEN - 301):
        assert not verify(provider, [STANDARD], standard(), STANDARD_BODY, late)
    assert not verify(provider, [STANDARD], standard(**{"webhook-id": "msg_other"}), STANDARD_BODY, THEN)
    assert not verify(provider, [STANDARD], standard(**{"webhook-timestamp": "1614265331"}), STANDARD_BODY, THEN)
    assert standard_signature(STANDARD, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", STANDARD_BODY) == several


def test_gitlabs_plain_token() -> None:
    assert verify(Provider.GITLAB, ["a", SECRET], headers(x_gitlab_token=SECRET), b"any", 0)
    assert not verify(Provider.GITLAB, [SECRET], headers(x_gitlab_token="other"), b"any", 0)
    assert not verify(Provider.GITLAB, [SECRET], headers(), b"any", 0)


def test_a_header_that_stands_twice_counts_as_none() -> None:
    twice = Headers([(b"x-hub-signature-256", f"sha256={HEX}".encode())] * 2)
    assert not verify(Provider.GITHUB, [SECRET], twice, b"Hello, World!", 0)


@given(st.sampled_from(list(Provider)), st.lists(st.tuples(st.sampled_from([
    b"x-hub-signature-256", b"x-hub-signature", b"x-gitea-signature", b"x-gitlab-token", b"webhook-id",
    b"webhook-timestamp", b"webhook-signature"]), st.binary(max_size=80)), max_size=6))  # fmt: skip
def test_any_headers_are_judged_and_none_passes(provider: Provider, raw: list[tuple[bytes, bytes]]) -> None:
    assert verify(provider, ["s3cret that nobody guesses"], Headers(raw), b"{}", THEN) is False


@given(st.binary(max_size=200), st.text(min_size=1, max_size=40).filter(lambda text: text.strip(" ,") == text != ""))
def test_what_is_signed_is_accepted(body: bytes, secret: str) -> None:
    if "," in secret or secret.startswith("whsec_") or not secret.strip():
        return
    signed = hmac.new(secret.encode("utf-8", "surrogatepass"), body, hashlib.sha256).hexdigest()
    assert verify(Provider.GITHUB, [secret], headers(x_hub_signature_256=f"sha256={signed}"), body, 0)


def test_secrets_of_a_setting() -> None:
    assert parse_secrets(None) == parse_secrets(" , ") == ()
    assert parse_secrets("a, b") == ("a", "b")
    assert parse_secrets(f"whsec_{base64.b64encode(b'x' * 24).decode()}")
    with pytest.raises(BadSecret, match="base64") as error:
        parse_secrets("whsec_no!base64")
    assert "no!base64" not in str(error.value)

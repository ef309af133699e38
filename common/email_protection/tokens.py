"""Opaque tokens for what an e-mail button reveals, safe to print on a public page.

A token is authenticated, deterministic encryption (AES-SIV, RFC 5297): the same text gives the
same token in every rendering and after a restart, nobody without SECRET_KEY can read, alter or
make one, and nothing has to be stored. The text is padded, so that its length tells nothing.
"""

import base64
import binascii
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"contacts.tokens: protected e-mail"
PADDED_TO = 64


@lru_cache
def _cipher(secret_key):
    key = HKDF(SHA256(), length=64, salt=None, info=PURPOSE).derive(secret_key.encode())
    return AESSIV(key)


def make_token(text):
    """Return the token of `text` (no NUL in it): letters, digits, "-" and "_", for a URL."""
    plain = text.encode()
    padded = plain.ljust(-(-len(plain) // PADDED_TO) * PADDED_TO, b"\0")
    sealed = _cipher(settings.SECRET_KEY).encrypt(padded, [PURPOSE])
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def read_token(token):
    """Return the text that `token` was made of. Raises ValueError when we did not make it."""
    try:
        sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise ValueError("not a token") from None
    for secret_key in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]:
        try:
            return _cipher(secret_key).decrypt(sealed, [PURPOSE]).rstrip(b"\0").decode()
        except (InvalidTag, ValueError):
            continue
    raise ValueError("not a token of ours")

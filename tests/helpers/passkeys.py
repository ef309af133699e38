"""A device that makes and shows passkeys as a phone does, for tests without a browser."""

import json
import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from html import unescape
from os import urandom

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

SITE = "https://forening.example.org"
PRESENT, WITH_KEY = 0x05, 0x40  # flags: the user was there and is who it is; a new key comes along


def options_on(page):
    """Return what a page asks the browser for, or None."""
    found = re.search(r'data-options="([^"]+)"', page.text)
    return found and json.loads(unescape(found[1]))


def text_of(content):
    return urlsafe_b64encode(content).rstrip(b"=").decode()


class Device:
    """One passkey; `origin`: the site that the browser says it is on."""

    def __init__(self, origin=SITE):
        self.origin, self.name = origin, urandom(16)
        self.key, self.uses = ec.generate_private_key(ec.SECP256R1()), 0

    def answer(self, options):
        """Return the field that a page's options lead to: a new passkey, or the one there is."""
        is_new = "user" in options
        client = {
            "type": "webauthn.create" if is_new else "webauthn.get",
            "challenge": options["challenge"],
            "origin": self.origin,
        }
        client = json.dumps(client).encode()
        host = options["rp"]["id"] if is_new else options["rpId"]
        self.uses += 1
        data = sha256(host.encode()).digest() + bytes([PRESENT | (WITH_KEY if is_new else 0)])
        data += self.uses.to_bytes(4, "big")
        if is_new:
            data += bytes(16) + len(self.name).to_bytes(2, "big") + self.name + self.public_key()
            parts = {"attestationObject": cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})}
        else:
            signature = self.key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
            parts = {"authenticatorData": data, "signature": signature}
        response = {name: text_of(part) for name, part in ({"clientDataJSON": client} | parts).items()}
        name = text_of(self.name)
        return {
            "passkey": json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
        }

    def public_key(self):
        point = self.key.public_key().public_numbers()
        return cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        )

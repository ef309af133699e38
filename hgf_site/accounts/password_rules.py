"""How passwords are stored, and which are refused."""

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.exceptions import ValidationError


class Argon2Hasher(Argon2PasswordHasher):
    """Argon2id with the first parameters of OWASP's Password Storage Cheat Sheet: 19 MiB, 2 passes, 1 lane.

    Django's own need 100 MiB a login: a few robots at once would fill the memory of a small server.
    """

    time_cost = 2
    memory_cost = 19456  # KiB
    parallelism = 1


# What Swedes are tried with first, and here; Django's list of common passwords is English.
COMMON_PARTS = (
    "lösenord", "losenord", "hemlig", "qwerty", "sommar", "vinter", "hösten", "våren", "sverige", "stockholm",
    "sollentuna", "hyresgäst", "hyresgast", "föreningen", "foreningen", "hejhej", "hejsan", "älskling",
    "välkommen", "valkommen", "123456", "abcdef",
)  # fmt: skip


class SwedishPasswordValidator:
    """Refuses a password that is one of COMMON_PARTS with little beside it: "Sommar2026!"."""

    REST = 6  # characters beside the word that do not make it a good password

    def validate(self, password, user=None):
        lower = password.lower()
        if any(part in lower and len(lower) - len(part) <= self.REST for part in COMMON_PARTS):
            raise ValidationError(
                "Lösenordet är för vanligt. Välj till exempel tre ord som inte hör ihop.",
                code="common_swedish",
            )

    def get_help_text(self):
        return (
            "Välj inget vanligt ord med några siffror efter. Tre ord som inte hör ihop är ett bra lösenord."
        )

"""The button that stands in a page where an e-mail address would: it holds a token, never the address."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html

from common.email_protection.tokens import make_token


@dataclass(frozen=True)
class EmailButton:
    """Where a button posts to, and whose address it shows ("" for one in a text)."""

    token: str
    owner: str = ""  # "ordföranden", "Johan Flyckt": follows "till"

    @cached_property
    def url(self):
        return reverse("contacts:email", args=[self.token])

    @property
    def label(self):
        return f"Visa e-postadress till {self.owner}" if self.owner else "Visa e-postadressen"

    def html(self, number=0, count=0):
        """Return the button for a running text, as safe HTML; "2 av 3" where one link has several."""
        label = f"Visa e-postadress {number} av {count}" if count else self.label
        return format_html(
            '<button class="reveal in-text" form="epost" formaction="{}">{}</button>', self.url, label
        )


def button_for_text(address, subject="", body=""):
    """Return the EmailButton of an address in a text, with the subject and body of its mail link."""
    body = f"\n{body}".replace("\0", "") if body else ""
    return EmailButton(make_token(f"text:{address}\n{subject}{body}"))

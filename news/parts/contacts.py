"""[[kontakt Ordförande]] in a text: whoever holds that role on the day it is read."""

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html

from common.publishing.check import Problem
from common.richtext.shortcodes import shortcodes_in
from common.swedish import phone_text
from contacts.directory import holders_of
from contacts.models import Role

KIND = "kontakt"


def contact_cards(name):
    """Return the holders of the role of this name as safe HTML, for a page of ours."""
    cards = holders_of(name)
    if not cards:
        html = '<p>{}: ingen just nu. <a href="{}">Alla kontakter</a></p>'
        return format_html(html, name, reverse("contacts:list"))
    return "".join(render_to_string("includes/contact.html", {"card": card}) for card in cards)


def contact_line(name):
    """Return them with their numbers as a paragraph, for a paper, a letter or a feed."""
    shown = (
        ", ".join(filter(None, [card.person.name, phone_text(card.phone) if card.phone else ""]))
        for card in holders_of(name)
    )
    return format_html("<p>{}: {}</p>", name, "; ".join(shown) or "ingen just nu")


def contact_problems(body):
    """Yield a Problem for each contact in a text whose role there is none of."""
    if names := {code.name for code in shortcodes_in(body) if code.kind == KIND}:
        known = {name.casefold() for name in Role.objects.values_list("name", flat=True)}
        for name in sorted(name for name in names if name.casefold() not in known):
            yield Problem(
                "body", f"Ingen roll heter ”{name}”. Ändra den i texten, eller ta bort [[kontakt …]]."
            )

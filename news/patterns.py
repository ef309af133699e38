"""Beginnings of what a branch writes every year. What the writer has to fill in stands in «marks»."""

import re
from dataclasses import dataclass

MARK = re.compile(r"«fyll i[^«»]*»", re.IGNORECASE)


@dataclass(frozen=True)
class Pattern:
    button: str
    title: str
    lead: str
    body: str
    kind: str = ""  # of its first day, an Occurrence.Kind; "" where it has none


PATTERNS = {
    "kallelse": Pattern(
        "Skriv kallelse",
        "Kallelse till årsmöte",
        "Alla medlemmar är välkomna till årsmötet. Vi väljer styrelse och bestämmer vad föreningen ska göra.",
        "<h2>På mötet</h2><ul><li>Verksamhetsberättelse och ekonomi</li><li>Val av styrelse</li>"
        "<li>Motioner</li></ul><p>Motioner lämnas till styrelsen senast «fyll i dag».</p>"
        "<p>Vi bjuder på kaffe. Välkommen!</p>",
        "mote",
    ),
    "gardsfest": Pattern(
        "Gårdsfest eller städdag",
        "«fyll i: gårdsfest eller städdag» på «fyll i gården»",
        "Kom och träffa dina grannar.",
        "<p>Vi ses på gården. Ta med «fyll i».</p><p>Frågor? Hör av dig till oss.</p>",
        "annat",
    ),
    "drift": Pattern(
        "Driftinformation",
        "«fyll i: vattnet» stängs av på «fyll i adress»",
        "«fyll i: vad som händer, när det börjar och när det är över».",
        "<p>Det gäller «fyll i hus».</p><p>Vid fel: ring hyresvärden.</p>",
        "annat",
    ),
    "debatt": Pattern(
        "Debatt",
        "«fyll i rubrik»",
        "«fyll i: vad ni vill, i en mening».",
        "<p>«fyll i: vad som är fel».</p><h2>Det här vill vi</h2><p>«fyll i: vad som borde göras».</p>",
    ),
    "kronika": Pattern("Krönika", "Ordföranden har ordet", "", "<p>«fyll i texten».</p>"),
}


def marks_in(text):
    """Return the marks in a text that still have to be filled in, each once."""
    return list(dict.fromkeys(MARK.findall(text)))

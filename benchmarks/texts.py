"""The content that every site gets: the same posts and people, made up, the same at every run."""

from datetime import UTC, datetime, timedelta

NEWEST = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = (  # noqa: SIM905  a text, to a reader
    "hyran höjs från april och styrelsen har begärt förhandling med värden om ventilation tvättstuga gården "
    "cykelrum sopor fasad fönster trapphus möte lördag kaffe grannar välkomna anmälan senast fredag"
).split()
CATEGORIES = ["Hyror", "Möten", "Gården"]
PEOPLE = [(f"Testperson {number}", f"Ledamot {number}") for number in range(1, 7)]


def words(seed, count):
    return " ".join(WORDS[(seed * 7 + number * number) % len(WORDS)] for number in range(count))


def rare_words(number):
    """Return two words that no other text has: of 20 000 texts, more than a dictionary of the language."""
    syllables = [
        "ba",
        "de",
        "fi",
        "go",
        "hu",
        "ky",
        "lå",
        "mä",
        "nö",
        "ra",
        "se",
        "ti",
        "vo",
        "mu",
        "py",
        "tå",
    ]
    digits = [number >> shift & 15 for shift in (0, 4, 8, 12)]
    word = "".join(syllables[digit] for digit in digits)
    return f"{word}kal {word}rot"


def posts(count):
    """Yield (title, lead, body as HTML, publication time, number of the category), the newest first."""
    for number in range(count):
        paragraphs = "".join(f"<p>{words(number + part, 60).capitalize()}.</p>" for part in range(5))
        points = "".join(f"<li>{words(number + part, 8)}</li>" for part in range(4))
        body = f"<h2>{words(number, 4)}</h2>{paragraphs}<ul>{points}</ul>"
        title = f"Nyhet {number}: {words(number, 4)}"
        time = NEWEST - timedelta(hours=9 * number)
        yield title, words(number + 3, 25).capitalize() + ".", body, time, number % len(CATEGORIES)

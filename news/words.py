"""The words of texts, and which of the known ones somebody meant who spelled one wrongly.

Triggers in the database (migration 0016) keep the table of the words of posts. Each belongs to one post that
says it, and goes in the same save that takes it out of that post, whoever else says it: a name that is taken
out of the texts is not left here. What other posts still say, or said while another was saved, comes at night
(learn_all).
"""

import re
import unicodedata

from django.db import connection, models, transaction
from django.db.models import Q
from django.db.models.functions import Left, Length, Right

from common.slugs import OTHER_LETTERS

SEARCH_WORD = re.compile(r"[^\W_]+")
NO_WIDTH = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff]")  # soft hyphens, in words too
# Between a digit and a raised one or a fraction, which NFKC would make digits of the same number.
END_OF_NUMBER = re.compile("([0-9])(?=[⁰¹²³⁴-⁹₀-₉¼½¾⅐-⅞])")

MARKED = {"a": "aåäàáâã", "c": "cç", "e": "eéèêë", "i": "iíìîï", "n": "nñ", "o": "oöøóòôõ", "u": "uüúùû"}

MAX_WORD = 100
KNOWN = range(4, 31)  # letters of a word that is offered; a shorter one is like too many others
ONE_ERROR = 6  # letters; a shorter word may be spelled wrongly in one place, a longer one in two


class Word(models.Model):
    """A word that a post's SearchEntry has, without a digit; without its marks too."""

    word = models.CharField(max_length=30, primary_key=True)
    entry = models.ForeignKey(
        "news.SearchEntry", on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )

    class Meta:
        verbose_name = "känt ord"
        verbose_name_plural = "kända ord"

    def __str__(self):
        return self.word


def words_of(text):
    """Return the words of any text in lower case, as typed: letters and digits, marks kept."""
    text = END_OF_NUMBER.sub(r"\1 ", NO_WIDTH.sub("", text))
    text = unicodedata.normalize("NFKC", text).casefold()
    return [word[:MAX_WORD] for word in SEARCH_WORD.findall(unicodedata.normalize("NFC", text))]


def without_marks(letters):
    if letters.isascii():
        return letters
    letters = unicodedata.normalize("NFD", letters.translate(OTHER_LETTERS))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


# Beside a SearchEntry: its text as rows with a `value`, one a word.
WORDS_OF_TEXT = {
    "sqlite": """json_each('["' || replace(trim({text}), ' ', '","') || '"]')""",
    "postgresql": "regexp_split_to_table(trim({text}), ' ') AS value",
}
MAY_BE_OFFERED = {
    "sqlite": "length(value) BETWEEN 4 AND 30 AND value NOT GLOB '*[0-9]*'",
    "postgresql": "length(value) BETWEEN 4 AND 30 AND value !~ '[0-9]'",
}


def learn_all():
    """Add the words that posts say and the table has not; return how many. For every night."""
    words, condition = WORDS_OF_TEXT[connection.vendor], MAY_BE_OFFERED[connection.vendor]
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # or a save could take out meanwhile what was just read
            cursor.execute("LOCK TABLE news_searchentry IN SHARE MODE")
        cursor.execute(
            "INSERT INTO news_word (word, entry_id) SELECT value, min(post_id) "  # noqa: S608  constants
            f"FROM news_searchentry, {words.format(text='text')} WHERE {condition} GROUP BY value "
            "ON CONFLICT DO NOTHING"
        )
        return cursor.rowcount


def like(word, others=()):
    """Return the words of the table, and of `others`, that are nearly like a word, best first. One query."""
    plain = without_marks(word)
    errors = 1 if len(plain) < ONE_ERROR else 2
    if len(plain) not in KNOWN or not plain.isalpha():
        return []
    sizes = range(len(plain) - errors, len(plain) + errors + 1)
    first, last = (MARKED.get(plain[place], plain[place]) for place in (0, -1))
    known = Word.objects.annotate(size=Length("word"), first=Left("word", 1), last=Right("word", 1))
    known = known.filter(Q(first__in=first) | Q(last__in=last), size__range=(sizes[0], sizes[-1]))
    letters, found = set(plain), []
    for other in {*known.values_list("word", flat=True), *others}:
        its_plain = without_marks(other)
        # Each error adds a letter, takes one away, or both: this alone tells most words apart.
        if len(its_plain) in sizes and len(letters.symmetric_difference(its_plain)) <= 2 * errors:
            # Who typed marks meant them: "möte" is not "mot" with one letter too many.
            count = distance(plain, its_plain) if plain == word else distance(word, other)
            if count <= errors and other != word and other.isalpha():
                # Of two that are equal without their marks, the one without is hardly ever written so.
                found.append((count, its_plain[0] != plain[0], its_plain, other == its_plain, other))
    return [other for *_, other in sorted(found)]


def distance(one, other):
    """Return how many letters are added, left out, exchanged or swapped with the next between two words."""
    before, row = [], range(len(other) + 1)
    for down, letter in enumerate(one, start=1):
        older, before, row = before, row, [down]
        for right, its_letter in enumerate(other, start=1):
            least = min(before[right] + 1, row[-1] + 1, before[right - 1] + (letter != its_letter))
            if down > 1 and right > 1 and letter == other[right - 2] and one[down - 2] == its_letter:
                least = min(least, older[right - 2] + 1)
            row.append(least)
    return row[-1]

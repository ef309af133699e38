"""Finds posts and documents by their words: PostgreSQL's full text, or words that begin so on SQLite.

Each post has a SearchEntry, each document a DocumentEntry: its words in lower case, and the same words
without their marks beside them: "hyresforhandling" finds "hyresförhandling", and "hår" does not find
"har". It follows every save by a signal, also one that goes past save(): a restored version, a loaded
dump. The few pages of text are simply read.
"""

import re
from functools import cached_property

from django.db import connection, models
from django.db.models import Case, Q, When
from django.db.models.expressions import RawSQL
from django.utils.html import format_html, format_html_join

from common.email_protection.detect import replace_addresses
from documents.models import Document
from news.words import MARKED, without_marks, words_of

MAX_QUERY = 200  # characters; a longer question is cut
MAX_WORDS = 8
MAX_ENTRY = 100_000  # characters of different words; PostgreSQL refuses an index of a megabyte
WHOLE_WORD = 4  # a shorter word is looked for as it is: "hår" is not the beginning of "hård"
MOST_DOCUMENTS = 50  # in one answer
EXCERPT = 110  # characters before and after what was found


class SearchEntry(models.Model):
    """The words of one post. On PostgreSQL the table has a column `vector` too, made of them."""

    # Goes with its post by a signal: a cascade would be listed to the volunteer who deletes the post.
    post = models.OneToOneField(
        "news.Post", on_delete=models.DO_NOTHING, primary_key=True, related_name="search_entry"
    )
    title = models.TextField()
    text = models.TextField()  # of the title too

    class Meta:
        verbose_name = "sökord"
        verbose_name_plural = "sökord"

    def __str__(self):
        return f"sökord för nyhet {self.pk}"


class DocumentEntry(models.Model):
    """The same of one document; of one that is handed out by a button alone, the words of its title."""

    document = models.OneToOneField(
        Document, on_delete=models.DO_NOTHING, primary_key=True, related_name="search_entry"
    )
    title = models.TextField()
    text = models.TextField()

    class Meta:
        verbose_name = "sökord"
        verbose_name_plural = "sökord"

    def __str__(self):
        return f"sökord för dokument {self.pk}"


def index_document(sender, instance, **kwargs):
    """For post_save."""
    said = "\n".join([replace_addresses(instance.title, ""), *instance.page_texts])
    title, text = entry_of(instance.title, said)
    DocumentEntry(pk=instance.pk, title=title, text=text).save()


def forget_document(sender, instance, **kwargs):
    """For pre_delete."""
    DocumentEntry.objects.filter(pk=instance.pk).delete()


def index_post(sender, instance, created=False, **kwargs):
    """Let search find a post by what it, its dates and its short texts say now; for post_save."""
    dates = [] if created else instance.occurrences.all()
    places = [replace_addresses(f"{one.place} {one.label}", "") for one in dates]
    texts = [] if created else [replace_addresses(one.text, "") for one in instance.translations.all()]
    said = "\n".join([instance.search_text, *places, *texts])
    title, text = entry_of(instance.title, said)
    SearchEntry(pk=instance.pk, title=title, text=text).save()


def index_post_of(sender, instance, **kwargs):
    """The same for a date or a short text of a post that is saved, or deleted without it."""
    if ("origin" not in kwargs or kwargs["origin"] == instance) and instance.post:
        children = instance._meta.get_field("post").remote_field.name
        getattr(instance.post, "_prefetched_objects_cache", {}).pop(children, None)  # it has others now
        index_post(sender, instance.post)


def forget_post(sender, instance, **kwargs):
    """For pre_delete."""
    SearchEntry.objects.filter(pk=instance.pk).delete()


def entry_of(title, search_text):
    """Return a SearchEntry's (title, text) for a post's title and Post.search_text."""
    return index_text(replace_addresses(title, "")), index_text(search_text)


def index_text(text):
    """Return each word of a text once, with spaces around: " möte mote i mars "."""
    found = {}
    for word in dict.fromkeys(words_of(text)):
        found[word] = found[without_marks(word)] = True
    return " " + " ".join(found)[:MAX_ENTRY] + " "


class Query:
    """What somebody typed into the search field, made harmless; `text` is what is shown of it."""

    def __init__(self, text):
        printable = "".join(letter if letter.isprintable() else " " for letter in text[:MAX_QUERY])
        without = replace_addresses(printable, " ")
        self.held_address = without != printable
        self.text = " ".join(without.split())
        self.words = list(dict.fromkeys(words_of(self.text)))[:MAX_WORDS]

    def __bool__(self):
        return bool(self.words)

    @property
    def stems(self):
        """The words without what may be an ending: "hyresförhandli" for "hyresförhandlingen"."""
        return [word[: -4 if len(word) >= 12 else -2 if len(word) >= 6 else None] for word in self.words]

    @cached_property
    def patterns(self):
        """Regular expressions, one a word: that word of a text, as written, or an inflection of it."""
        return [self.pattern_of(*pair) for pair in zip(self.words, self.stems, strict=True)]

    def pattern_of(self, word, stem):
        is_short, is_plain = len(word) < WHOLE_WORD, without_marks(word) == word
        letters = (MARKED.get(letter, letter) if is_plain else letter for letter in stem)
        written = "".join(f"[{letter}]" for letter in letters) + ("" if is_short else r"[^\W_]*")
        return rf"(?<![^\W_]){written}(?![^\W_])"

    @cached_property
    def pattern(self):
        """A compiled regular expression with one group: any of the words that were looked for."""
        return re.compile(f"({'|'.join(self.patterns)})", re.IGNORECASE)

    def is_in(self, text):
        """Return whether mark() would find every word of the question in a text."""
        return bool(self) and all(re.search(pattern, text, re.IGNORECASE) for pattern in self.patterns)

    def mark(self, text):
        """Return plain text as safe HTML, with <mark> around the words that were looked for."""
        pieces = self.pattern.split(text) if self else [text]
        marked = (
            format_html("<mark>{}</mark>", piece) if at % 2 else piece for at, piece in enumerate(pieces)
        )
        return format_html_join("", "{}", ([piece] for piece in marked))

    def excerpt(self, text):
        """Return what stands around the first word that was looked for in a text; "" where there is none."""
        found = self.pattern.search(text) if self else None
        if found is None:
            return ""
        start, end = max(found.start() - EXCERPT, 0), min(found.end() + EXCERPT, len(text))
        before, after = text[start : found.start()], text[found.end() : end]
        if start:
            before = "… " + before.partition(" ")[2]
        if end < len(text):
            after = after.rpartition(" ")[0] + " …"
        return before + found[0] + after


def search(query, posts):
    """Return the keys of those of `posts` that hold every word of a Query. Two database queries.

    Those with most of the words in the title come first, then the newest.
    """
    return ranked(query, [has_word(word) for word in query.words], posts)


def search_wider(query, posts):
    """Return, like search(), the posts that hold something like every word: its stem, anywhere in a word."""
    if any(len(word) < 3 for word in query.words):  # every text holds an "a"
        return []
    return ranked(query, [Q(text__contains=stem) for stem in query.stems], posts)


def pages_with(pages, query):
    """Return those of `pages` (of text, a few dozen) that hold every word of a Query, titles first."""
    found = [page for page in pages if query.is_in(page.search_text)]
    return sorted(found, key=lambda page: not query.is_in(page.title))


def documents_with(query):
    """Return the published documents that hold every word of a Query, titles first; `found_on`: the page.

    Of a file that is handed out by a button alone, only the title is looked at.
    """
    if not query:
        return []
    entries = DocumentEntry.objects.filter(*[has_word(word) for word in query.words])
    documents = Document.objects.published().filter(pk__in=entries.values("pk"))
    found = [
        one for one in documents[:MOST_DOCUMENTS] if query.is_in("\n".join([one.title, *one.page_texts]))
    ]
    for document in found:
        pages = enumerate(document.page_texts, start=1)
        document.found_on = next((number for number, page in pages if query.pattern.search(page)), None)
    return sorted(found, key=lambda document: not query.is_in(document.title))


def entries_with(query):
    """Return the SearchEntries that hold every word of a Query; none of an empty one."""
    found = SearchEntry.objects.filter(*[has_word(word) for word in query.words])
    return found if query else found.none()


def ranked(query, conditions, posts):
    if not query:
        return []
    in_title = sum(Case(When(has_word(word, "title"), then=1), default=0) for word in query.words)
    entries = SearchEntry.objects.filter(*conditions).annotate(in_title=in_title)
    found = dict(entries.values_list("pk", "in_title"))
    if not found:
        return []
    # An index alone gives the keys of all posts in order: sooner than the rows of those that were found.
    keys = [key for key in posts.newest_first().values_list("pk", flat=True) if key in found]
    return sorted(keys, key=found.get, reverse=True)


def has_word(word, field="text"):
    """Return a condition on an entry: the text, or the title, has the word or an inflection of it."""
    is_short = len(word) < WHOLE_WORD
    if connection.vendor != "postgresql":
        # The word alone first: SQLite finds a rare letter faster than the spaces between words.
        return Q(**{f"{field}__contains": word}) & Q(
            **{f"{field}__contains": f" {word} " if is_short else f" {word}"}
        )
    # "swedish" knows inflections and leaves out words like "har"; "simple" keeps those.
    weight = "A" if field == "title" else ""
    return RawSQL(  # noqa: S611  the words are parameters
        "vector @@ (to_tsquery('swedish', %s) || to_tsquery('simple', %s))",
        [term(word, weight), term(word, weight + ("" if is_short else "*"))],
        output_field=models.BooleanField(),
    )


def is_said(word, posts):
    """Return whether one of `posts` has exactly this word. One query."""
    exactly = SearchEntry.objects.filter(has_word(word), text__contains=f" {word} ")
    return exactly.filter(post__in=posts).exists()


def term(word, flags):
    """Return a word as to_tsquery reads it: "möte", "möte:A*"."""
    return f"{word}:{flags}" if flags else word


class Results:
    """Posts by their keys, in that order; asks the database for those that are looked at."""

    def __init__(self, keys, posts):
        self.keys = keys
        self.posts = posts  # the queryset to take them from

    def __len__(self):
        return len(self.keys)

    def __getitem__(self, part):
        found = self.posts.in_bulk(self.keys[part])
        return [found[key] for key in self.keys[part] if key in found]

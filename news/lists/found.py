"""What one search finds, of all kinds, and what was meant where a word is spelled wrongly."""

import re

from common.email_protection.detect import replace_addresses
from common.page_cache import memo
from contacts.directory import cards_by_person
from documents.models import Document
from news.calendar.occurrences import current_dates
from news.lists.archive import areas, categories, current_pages
from news.models import Post
from news.search import Query, documents_with, is_said, pages_with, search, search_wider
from news.words import like, words_of

MOST_PEOPLE = 6  # the contact page has the others
MOST_TRIED = 5  # words that one may have meant; those of drafts are among them


class Found:
    """What holds every word of a Query. `year`: of the posts, None for all."""

    posts = people = dates = places = pages = documents = ()  # posts: their keys
    is_wider = False  # the posts hold something like the words only
    typed = None  # the Query that nothing holds, where the words of this one were meant

    def __init__(self, query, year=None):
        self.query = query
        self.published = Post.objects.published()
        if year:
            self.published = self.published.filter(published_at__year=year)
        if not query:
            return
        self.posts = search(query, self.published)
        self.people = people_with(query)
        self.dates = [
            one for one in current_dates() if not one.is_past and query.is_in(f"{one.name} {one.place}")
        ]
        self.places = [one for one in [*areas(), *categories()] if query.is_in(one.name)]
        self.pages = pages_with(current_pages(), query)
        self.documents = documents_with(query)

    @property
    def is_empty(self):
        kinds = (self.posts, self.people, self.dates, self.places, self.pages, self.documents)
        return not any(kinds)


def find(query, year=None):
    """Return the Found of a Query; where it is empty, what is like it, then what may have been meant."""
    found = Found(query, year)
    if query and not found.posts:
        found.posts = search_wider(query, found.published)
        found.is_wider = True
    if query and found.is_empty:
        found = meant(query, year) or found
    return found


def meant(query, year):
    """Return the Found of a Query with the words most like those that nothing holds, or None."""
    words, others = list(query.words), words_beside_posts()
    for place, word in enumerate(words):
        if len(words) > 1 and is_held(word):
            continue
        likely = like(word, others)[:MOST_TRIED]
        public = (one for one in likely if one in others or is_said(one, Post.objects.published()))
        words[place] = next(public, None)
        if words[place] is None:
            return None
    if words == query.words:
        return None
    found = Found(Query(" ".join(words)), year)
    found.typed = query
    return None if found.is_empty else found


def is_held(word):
    """Return whether a post, or the name of something else, has a word. Two queries at most."""
    query = Query(word)
    return query.is_in(" ".join(words_beside_posts())) or bool(search(query, Post.objects.published()))


def people_with(query):
    """Return the Cards of the contact page that hold every word, those with a role of that name first."""
    begins = re.compile(query.patterns[0], re.IGNORECASE)
    found = [card for card in cards_by_person().values() if query.is_in(said_of(card))]
    return sorted(found, key=lambda card: not any(begins.match(role.name) for role in card.roles))


def said_of(card):
    roles = (f"{role.name} {role.get_group_display()}" for role in card.roles)
    return " ".join([card.person.name, card.person.organisation, *roles])


@memo.per_content_version
def words_beside_posts():
    """Return the words of what a search finds beside posts; of documents, those of their titles."""
    texts = [
        *(page.search_text for page in current_pages()),
        *(one.name for one in [*areas(), *categories()]),
        *map(said_of, cards_by_person().values()),
        *Document.objects.published().values_list("title", flat=True),
    ]
    return frozenset(words_of(replace_addresses("\n".join(texts), " ")))

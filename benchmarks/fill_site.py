"""Fills this site's database: `python -m benchmarks.fill_site COUNT`, its settings in the environment.

With `--more` a tenth as many meetings and a fourth as many documents too, and words that few texts have.
"""

import sys
from datetime import UTC, date, datetime, time, timedelta

import django

django.setup()

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import transaction

from benchmarks.texts import CATEGORIES, NEWEST, PEOPLE, posts, rare_words, words
from contacts.models import Assignment, Branch, Person, PostalAddress, Role
from documents.models import PAGE_BREAK, Document
from news.models import Category, Occurrence, Page, Post
from news.search import DocumentEntry, SearchEntry, entry_of


@transaction.atomic
def fill(count, rare=lambda number: ""):
    Branch.objects.create(name="Testföreningen Teststad", description="En förening som är påhittad.")
    for number, (name, role) in enumerate(PEOPLE):
        person = Person.objects.create(
            name=name,
            phone=f"+4670123456{number}",
            show_phone=True,
            email=f"p{number}@example.org",
            show_email=True,
        )
        Assignment.objects.create(person=person, role=Role.objects.create(name=role, order=number))
    PostalAddress.objects.create(
        recipient="Testföreningen", street="Testgatan 1", postal_code="123 45", city="Test"
    )
    Page.objects.create(
        published_at="2026-01-01T12:00Z", title="Om oss", body="<p>Vi bor här.</p>", in_menu=True
    )
    categories = [Category.objects.create(name=name) for name in CATEGORIES]
    made = Post.objects.bulk_create(
        Post(
            title=title,
            slug=f"nyhet-{number}",
            lead=lead,
            body=body,
            published_at=time,
            category=categories[category],
            search_text=f"{title}\n{lead}\n{body}\n{rare(number)}",
        )
        for number, (title, lead, body, time, category) in enumerate(posts(count))
    )
    entries = ((post.pk, *entry_of(post.title, post.search_text)) for post in made)
    SearchEntry.objects.bulk_create(
        SearchEntry(pk=key, title=title, text=text) for key, title, text in entries
    )


@transaction.atomic
def fill_more(count):
    keys = Post.objects.order_by("-published_at").values_list("pk", flat=True)[::10]
    Occurrence.objects.bulk_create(
        Occurrence(post_id=key, day=date(2027, 1, 1) - timedelta(days=number), place="Satelliten")
        for number, key in enumerate(keys)
    )
    dates = Occurrence.objects.select_related("post")
    for one in dates:  # as the form has it: a post ends with its date
        one.post.expires_at = datetime.combine(one.day + timedelta(days=1), time.min, UTC)
    Post.objects.bulk_update([one.post for one in dates], ["expires_at"], batch_size=500)
    file = default_storage.save("dokument/protokoll.pdf", ContentFile(b"%PDF-1.7"))
    made = Document.objects.bulk_create(
        Document(
            title=f"Protokoll {number}: {words(number, 3)}",
            slug=f"protokoll-{number}",
            kind=Document.Kind.MINUTES,
            day=NEWEST - timedelta(days=number),
            file=file,
            pages=4,
            size=100_000,
            text=PAGE_BREAK.join(words(number + page, 500) for page in range(4)),
            published_at=NEWEST - timedelta(days=number),
        )
        for number in range(count // 4)
    )
    entries = ((one.pk, *entry_of(one.title, f"{one.title}\n{one.text}")) for one in made)
    DocumentEntry.objects.bulk_create(
        DocumentEntry(pk=key, title=title, text=text) for key, title, text in entries
    )


call_command("migrate", verbosity=0)
if not Post.objects.exists():
    if "--more" in sys.argv:
        fill(int(sys.argv[1]), rare_words)
        fill_more(int(sys.argv[1]))
    else:
        fill(int(sys.argv[1]))

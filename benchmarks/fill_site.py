"""Fills this site's database: `python -m benchmarks.fill_site COUNT`, its settings in the environment."""

import sys

import django

django.setup()

from django.core.management import call_command
from django.db import transaction

from benchmarks.texts import CATEGORIES, PEOPLE, posts
from contacts.models import Assignment, Branch, Person, PostalAddress, Role
from news.models import Category, Page, Post
from news.search import SearchEntry, entry_of


@transaction.atomic
def fill(count):
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
            search_text=f"{title}\n{lead}\n{body}",
        )
        for number, (title, lead, body, time, category) in enumerate(posts(count))
    )
    entries = ((post.pk, *entry_of(post.title, post.search_text)) for post in made)
    SearchEntry.objects.bulk_create(
        SearchEntry(pk=key, title=title, text=text) for key, title, text in entries
    )


call_command("migrate", verbosity=0)
if not Post.objects.exists():
    fill(int(sys.argv[1]))

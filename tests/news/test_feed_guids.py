"""A feed reader knows an item by its guid, which stays whatever happens, and shows what was written."""

import re
import xml.etree.ElementTree as ET
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django.utils.html import escape

from news.models import Category, Post

pytestmark = pytest.mark.any_database


def guids(client, path="/nyheter/rss/"):
    return re.findall(r"<guid[^>]*>([^<]*)</guid>", client.get(path).text)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        {"slug": "rorbyte"},
        {"title": "Rörbyte"},
        {"body": "<p>Annat</p>"},
        {"published_at": timezone.now() - timedelta(days=9)},
        {"lead": "Kort"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_post_that_changes_is_the_same_item(client, branch, make_post, change):
    post = make_post(title="Stambyte")
    before = guids(client)
    for name, value in change.items():
        setattr(post, name, value)
    post.save()
    assert guids(client) == before == [post.guid]


@pytest.mark.django_db
def test_an_item_is_the_same_in_every_feed_and_at_another_address_of_the_site(
    client, branch, make_post, settings
):
    category = Category.objects.create(name="Hyror")
    make_post(category=category)
    before = guids(client)
    settings.SITE_URL = "https://ny.example.org"
    assert guids(client) == guids(client, category.get_absolute_url() + "rss/") == before


@pytest.mark.django_db
def test_two_posts_are_never_one_item(client, branch, make_post):
    for _ in range(3):
        make_post(title="Stambyte")
    assert len(set(guids(client))) == 3


@pytest.mark.django_db(transaction=True)
def test_an_update_leaves_the_guids_that_feed_readers_know(client, branch, make_post, settings):
    before_guids = ("news", "0007_pages_are_published")
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    published = make_post(title="Stambyte")
    draft = make_post(title="Utkast", published_at=None)
    MigrationExecutor(connection).migrate([before_guids])
    MigrationExecutor(connection).migrate(latest)
    assert guids(client) == [f"{settings.SITE_URL}/nyheter/stambyte/"]
    assert Post.objects.get(pk=published.pk).guid == guids(client)[0]
    assert Post.objects.get(pk=draft.pk).guid.startswith("urn:uuid:")
    assert '<guid isPermaLink="true">' in client.get("/nyheter/rss/").text


@pytest.mark.django_db
@pytest.mark.parametrize(
    "written",
    [
        "Kontakta <Anna Ek> eller <b>styrelsen</b> om hyran.",
        "Rum & kök < 40 m², hyra > 5 000 kr",
        "Skriv &amp; inte &lt;b&gt;",
        "Se ]]> och <!-- här -->",
        "1 < 2 & 3 > 2",
        "Sök på \"hyra\" eller 'el' i <rutan>",
    ],
)
def test_a_feed_reader_shows_what_was_written(client, branch, make_post, written):
    """The XML holds HTML: what is read out of the XML is read as HTML once more."""
    make_post(lead=written, body=f"<p>{escape(written)}</p>")
    [item] = ET.fromstring(client.get("/nyheter/rss/").text).iter("item")  # noqa: S314  our own feed
    shown = [
        unescape(re.sub("<[^>]*>", "", part.text)) for part in item if (part.text or "").startswith("<p")
    ]
    assert " ".join("".join(shown).replace("\xa0", " ").split()).count(written) >= 2

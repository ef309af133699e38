"""What saving a post costs: a volunteer waits for every query and every reading of the text."""

from itertools import count

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.richtext import sanitize
from news.models import Post
from tests.helpers.admin_forms import filled, send

numbers = count(1)  # a text that was just read is remembered
SAVEPOINTS = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")


@pytest.fixture
def save(as_superuser, make_post):
    """Save another title and text of a public post that was saved before, as its form does."""
    post = make_post(title="Stambyte", body="<p>Vattnet stängs av.</p>")
    send(as_superuser, *filled(Post, as_superuser, post, title=["Stambyte i A"], _save="1"))
    text = f"<p>Vattnet är åter {next(numbers)}.</p>\n\n<ul>\n\t<li>Spola först.</li>\n</ul>"
    url, form = filled(Post, as_superuser, post, title=["Stambyte i B"], body=[text])

    def save():
        assert send(as_superuser, url, form | {"_save": "1"}).status_code == 302

    return save


def test_a_save_asks_the_database_fifteen_times_at_most(save):
    with CaptureQueriesContext(connection) as captured:
        save()
    statements = [query["sql"] for query in captured]
    queries = [sql for sql in statements if not sql.startswith(SAVEPOINTS)]
    assert len(queries) <= 15, "\n".join(queries)
    assert len(statements) <= 21, "\n".join(statements)


def test_a_save_cleans_the_text_a_few_times_only(save, monkeypatch):
    cleaned = []

    class Counting:
        def clean(self, html, inner=sanitize._cleaner):
            cleaned.append(html)
            return inner.clean(html)

    monkeypatch.setattr(sanitize, "_cleaner", Counting())
    save()
    assert 0 < len(cleaned) <= 2

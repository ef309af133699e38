"""Documents under a post or page: chosen or uploaded in its form, shown when residents may read them."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from documents.models import Document
from news.models import Attachment, Page, Post
from tests.helpers.admin_forms import filled, url_of
from tests.helpers.pdfs import make_pdf, upload
from tests.helpers.versions import change, restore, versions_of

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
TEXT = "<p>Välkommen.</p>"
ADDRESS = "hemlig.person@example.org"


def save_form(client, row=None, model=Post, document=None, pdf=None, button="_publish", **changes):
    """Send the form of a post or page with one more attachment."""
    url, values = filled(model, client, row, **changes)
    data = {name: value[0] for name, value in values.items() if value} | {button: "1"}
    place = int(data["attachments-INITIAL_FORMS"])
    data["attachments-TOTAL_FORMS"] = str(place + 1)
    if document:
        data[f"attachments-{place}-document"] = str(document.pk)
    if pdf:
        data[f"attachments-{place}-file"] = upload(pdf, "dagordning_2027.pdf")
    return client.post(url, data, follow=True)


def test_a_pdf_chosen_in_a_post_becomes_a_document_published_with_it(as_member, client, branch):
    save_form(as_member("Redaktörer"), pdf=make_pdf("Punkt ett", "Punkt två"), title=["Årsmöte"], body=[TEXT])
    document = Document.objects.published().get()
    assert document.title == "Dagordning 2027"
    client.logout()
    page = client.get(Post.objects.get().get_absolute_url()).text
    assert f'href="{document.file_url}">Dagordning 2027 (PDF, 1\xa0kB, 2\xa0sidor)</a>' in page
    assert client.get(document.file_url).getvalue().startswith(b"%PDF-")


def test_a_draft_keeps_its_new_document_to_itself_until_it_is_published(as_superuser, client, branch):
    save_form(as_superuser, pdf=make_pdf("Punkt ett"), button="_draft", title=["Årsmöte"], body=[TEXT])
    post, document = Post.objects.get(), Document.objects.get()
    assert document.published_at is None
    assert client.get(document.file_url).status_code == 404
    url, values = filled(Post, as_superuser, post)
    as_superuser.post(url, {name: value[0] for name, value in values.items() if value} | {"_publish": "1"})
    assert Document.objects.published().get() == document


def test_a_document_that_is_there_is_chosen_and_shown_on_a_page(as_superuser, client, make_document):
    document = make_document("Paragraf ett")
    page = Page.objects.create(title="Om oss", body=TEXT, published_at=timezone.now())
    save_form(as_superuser, page, Page, document, button="_save")
    assert document.file_url in client.get(page.get_absolute_url()).text


def test_a_document_with_an_address_is_linked_by_its_page_only(client, make_document, make_post):
    post, document = make_post(), make_document(f"Mejla {ADDRESS}")
    Attachment.objects.create(post=post, document=document)
    for url in (post.get_absolute_url(), reverse("news:feed")):
        html = client.get(url).text
        assert document.get_absolute_url() in html
        assert document.file_url not in html
        assert "hemlig.person" not in html


@pytest.mark.parametrize("shift", [None, timedelta(days=1)])
def test_what_residents_may_not_read_is_not_shown_with_a_public_post(client, make_document, make_post, shift):
    post = make_post()
    time = shift and timezone.now() + shift
    Attachment.objects.create(post=post, document=make_document("Text", title="Hemligt", published_at=time))
    for url in (post.get_absolute_url(), reverse("news:feed"), reverse("start")):
        assert "Hemligt" not in client.get(url).text


def test_a_feed_reader_gets_the_first_open_document_where_there_is_no_picture(
    client, make_document, make_post
):
    post, document = make_post(), make_document("Paragraf")
    Attachment.objects.create(post=post, document=document)
    feed = client.get(reverse("news:feed")).text
    enclosure = re.search("<enclosure [^>]*>", feed)[0]
    assert all(part in enclosure for part in (document.file_url, f'"{document.size}"', "application/pdf"))


def test_search_engines_are_told_of_open_documents_alone(client, make_document, make_post):
    post = make_post()
    Attachment.objects.create(post=post, document=make_document("Paragraf"))
    Attachment.objects.create(post=post, document=make_document(f"Mejla {ADDRESS}", title="Lista"))
    html = client.get(post.get_absolute_url()).text
    assert html.count('"DigitalDocument"') == 1


def test_what_is_wrong_with_an_attachment_stands_at_it_and_nothing_is_stored(as_superuser, branch):
    response = save_form(as_superuser, pdf=b"PK word", title=["Kallelse"])
    assert "Det här är ingen PDF" in response.text
    assert not Post.objects.exists()
    assert not Document.objects.exists()


def test_a_row_with_nothing_chosen_is_told_what_to_do(as_superuser, make_post):
    post = make_post()
    url, values = filled(Post, as_superuser, post)
    data = {name: value[0] for name, value in values.items() if value}
    data |= {"attachments-TOTAL_FORMS": "1", "attachments-0-order": "5", "_save": "1"}
    assert "Välj ett dokument eller en PDF, eller ta bort raden." in as_superuser.post(url, data).text


def test_a_document_that_may_not_be_published_stops_the_post_and_is_named(as_superuser, make_document):
    document = make_document("Text", title="Lista", published_at=None)
    Document.objects.filter(pk=document.pk).update(file="")
    response = save_form(as_superuser, document=document, title=["Kallelse"], body=[TEXT])
    assert f'<a href="{url_of(Document, "change", document.pk)}">Lista: Välj en fil' in response.text
    assert Post.objects.get().published_at is None


def test_the_same_document_twice_is_refused_in_words(as_superuser, make_document, make_post):
    post, document = make_post(body=TEXT), make_document("Text")
    Attachment.objects.create(post=post, document=document)
    response = save_form(as_superuser, post, document=document, button="_save")
    assert response.status_code == 200
    assert Attachment.objects.count() == 1
    assert "Samma dokument står två gånger. Ta bort den ena raden." in response.text


def test_two_rows_exchange_their_documents(as_superuser, make_document, make_post):
    post, one, other = make_post(body=TEXT), make_document(title="Stadgar"), make_document(title="Budget")
    save_form(as_superuser, post, document=one, button="_save")
    save_form(as_superuser, post, document=other, button="_save")
    before = versions_of(post)[-1]
    documents = {"attachments-0-document": [other.pk], "attachments-1-document": [one.pk]}
    change(as_superuser, post, **documents, **{"attachments-1-order": [7]})
    assert dict(post.attachments.values_list("document", "order")) == {other.pk: 0, one.pk: 7}
    restore(as_superuser, before)
    assert dict(post.attachments.values_list("document", "order")) == {one.pk: 0, other.pk: 0}


def test_an_older_version_of_a_post_brings_its_attachment_back(as_superuser, make_document, make_post):
    post, document = make_post(body=TEXT), make_document("Text")
    save_form(as_superuser, post, document=document, button="_save")
    url, values = filled(Post, as_superuser, post)
    data = {name: value[0] for name, value in values.items() if value}
    as_superuser.post(url, data | {"attachments-0-DELETE": "on", "_save": "1"})
    assert not Attachment.objects.exists()
    restore(as_superuser, versions_of(post)[1])
    assert Attachment.objects.get().document == document


def test_the_preview_shows_an_uploaded_document_and_stores_nothing(as_superuser, branch, settings):
    url, values = filled(Post, as_superuser, None, title=["Årsmöte"])
    data = {name: value[0] for name, value in values.items() if value}
    data |= {"attachments-TOTAL_FORMS": "1", "attachments-0-file": upload(make_pdf("Ett"), "dagordning.pdf")}
    response = as_superuser.post(url_of(Post, "preview"), data)
    assert "Dagordning (PDF, 1\xa0kB, 1\xa0sida)" in response.text
    assert not Document.objects.exists()
    assert not list((settings.MEDIA_ROOT / "dokument").glob("*"))


def test_a_post_with_attachments_asks_one_query_more_and_the_others_none(client, make_document, make_post):
    plain, post = make_post(), make_post()
    for number in range(3):
        Attachment.objects.create(post=post, document=make_document("Text", title=f"Lista {number}"))
    counts = []
    for url in 2 * [plain.get_absolute_url(), post.get_absolute_url()]:
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        counts.append(len(queries))
    assert counts[3] == counts[2] + 1


def test_of_very_many_documents_the_newest_are_offered_and_those_that_are_there(
    as_superuser, make_document, make_post, monkeypatch
):
    old, older, *_ = (
        make_document(title=f"Dokument {number}", day=timezone.localdate() - timedelta(days=number))
        for number in (3, 2, 1, 0)
    )
    post = make_post(body=TEXT)
    Attachment.objects.create(post=post, document=old)
    monkeypatch.setattr("news.forms.MOST_OFFERED", 2)
    page = as_superuser.get(url_of(Post, "change", post.pk)).text
    [offered] = re.findall(r'<select name="attachments-0-document".*?</select>', page, re.DOTALL)
    assert re.findall(r"Dokument \d", offered) == ["Dokument 0", "Dokument 1", "Dokument 3"]
    assert "– (här är de 2 nyaste)" in offered
    assert f'value="{old.pk}" selected' in offered
    save_form(as_superuser, post, document=older, button="_save")  # chosen before two newer ones came
    assert {one.document for one in post.attachments.all()} == {old, older}


def test_last_years_agenda_is_not_copied_with_a_post(as_superuser, make_document, make_post):
    post = make_post(body=TEXT)
    Attachment.objects.create(post=post, document=make_document("Punkt ett"))
    as_superuser.post(url_of(Post, "copy", post.pk))
    new = Post.objects.exclude(pk=post.pk).get()
    assert (new.title, new.attachments.count()) == (post.title, 0)

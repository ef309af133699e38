"""Personal numbers stop a publication until an administrator confirms each; telephones and lists are told.

The numbers are Skatteverket's for tests: nobody has them.
"""

import pytest
from django.contrib.messages import get_messages

from common.publishing.copying import copied
from common.publishing.people import find_numbers
from documents.models import Document
from moving.convert import flags_of_text
from news.models import Page, Post
from tests.helpers.admin_forms import filled, url_of
from tests.helpers.pdfs import make_pdf, upload

pytestmark = pytest.mark.any_database

NUMBER, MASKED = "19121212-1212", "19121212-••••"
OTHER = "20000101-2384"


@pytest.mark.parametrize(
    "text",
    [
        NUMBER, "121212-1212", "121212+1212", "1212121212", "191212121212", "121212 1212", "19 121212 - 1212",
        "1912-12-12-1212", "121212–1212", "121212-\n1212", "Personnummer: 000101-2384", "121272-1219",
        "19121272-1219", "Org.nr 121212-1212", "(121212-1212)", "nr1212121212.", "121212\xa01212",
    ],
)  # fmt: skip
def test_a_personal_number_is_found_however_it_is_written(text):
    assert len(find_numbers(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "121212-1213", "121312-1211", "120230-1212", "556016-0680", "070-123 45 67", "0701011231",
        "08 12121218", "OCR: 1212121212", "Fakturanummer 1212121212", "tel. 1212121212", "+1212121212",
        "91212121212120", "20991212-1212", "SE45 5000 0000 0583 9825 7466", "5050-1055", "12 12 12 1212",
    ],
)  # fmt: skip
def test_other_numbers_are_told_apart(text):
    assert find_numbers(text) == []


def test_a_number_is_the_same_however_it_is_written():
    (one, other) = find_numbers(f"121212-1212 och {NUMBER} och {OTHER}")
    assert (one.masked, other.masked) == ("121212-••••", "20000101-••••")


def publish(client, row, button="_publish", **changes):
    url, values = filled(type(row), client, row, **changes)
    return client.post(url, {name: value for name, value in values.items() if value} | {button: "1"})


@pytest.fixture(params=["post", "page", "document", "picture"])
def draft(request, make_post, make_document, db):
    """Return a draft with the number in it."""
    text = f"Kontakta {NUMBER} om det."
    if request.param == "document":
        return make_document("Hej", text, published_at=None)
    if request.param == "page":
        return Page.objects.create(title="Om oss", body=f"<p>{text}</p>")
    body = text.replace("1212-1", "12<b>12</b>-1") if request.param == "post" else "Hej"
    post = make_post(body=f"<p>{body}</p>", published_at=None)
    if request.param == "picture":
        size = {"image_width": 9, "image_height": 9}
        post.pictures.create(image="nyheter/a.jpg", image_alt="Ett hus", image_caption=text, number=2, **size)
    return post


def test_an_editor_cannot_publish_it_and_is_told_whom_to_ask(as_member, member, draft):
    member("Administratörer", username="chef", first_name="Bo", last_name="Testsson")
    client = as_member("Redaktörer")
    page = client.get(publish(client, draft).url).text
    assert type(draft).objects.published().count() == 0
    assert MASKED in page
    assert NUMBER not in page.partition('name="body"')[0]
    assert "Personnummer kan bekräftas av Bo Testsson." in page
    assert 'name="confirmed_numbers"' not in page
    (key,) = (number.key for number in find_numbers(NUMBER))
    publish(client, draft, confirmed_numbers=[key])
    assert type(draft).objects.published().count() == 0


def test_an_administrator_publishes_it_with_a_tick_for_each_number(as_member, draft):
    client = as_member("Administratörer")
    page = client.get(publish(client, draft).url)
    assert type(draft).objects.published().count() == 0
    assert f"{MASKED} ska synas" in page.text
    (number,) = page.context["numbers"]
    publish(client, draft, confirmed_numbers=[number.key])
    assert type(draft).objects.published().count() == 1
    assert NUMBER not in str(type(draft).objects.values_list("confirmed_numbers", flat=True))
    assert (
        "Bekräftade personnummer. Publicerade." in client.get(url_of(type(draft), "history", draft.pk)).text
    )
    draft.refresh_from_db()
    assert copied(draft).confirmed_numbers == []


def test_what_is_confirmed_stays_so_and_one_more_number_in_a_public_text_does_not(as_member, make_post):
    (key,) = (number.key for number in find_numbers(NUMBER))
    post = make_post(body=f"<p>{NUMBER}</p>", confirmed_numbers=[key])
    client = as_member("Redaktörer")
    publish(client, post, "_save", body=[f"<p>{NUMBER} igen</p>"])
    refused = publish(client, post, "_save", body=[f"<p>{NUMBER} och {OTHER}</p>"])
    assert "20000101-••••" in refused.text
    assert Post.objects.get().body == f"<p>{NUMBER} igen</p>"


def test_an_administrator_may_confirm_in_a_public_text_what_was_just_refused(as_member, make_post):
    post, client = make_post(body="<p>Hej</p>"), as_member("Administratörer")
    (number,) = publish(client, post, "_save", body=[f"<p>{NUMBER}</p>"]).context["numbers"]
    publish(client, post, "_save", body=[f"<p>{NUMBER}</p>"], confirmed_numbers=[number.key])
    assert NUMBER in Post.objects.get().body


def test_a_draft_document_with_a_number_stops_the_text_that_hands_it_out(as_member, make_post, make_document):
    post = make_post(body="<p>Hej</p>", published_at=None)
    post.attachments.create(document=make_document(NUMBER, published_at=None))
    client = as_member("Administratörer")
    page = client.get(publish(client, post).url).text
    assert f"Stadgar: Ta bort personnumret {MASKED}" in page
    assert 'name="confirmed_numbers"' not in page
    assert Document.objects.published().count() == 0


def test_a_text_that_moves_in_is_marked_where_it_has_one():
    assert "personal_number" in flags_of_text("Rubrik", "", f"<p>{NUMBER}</p>")


def test_telephones_and_lists_of_those_present_are_told_and_stop_nothing(as_member, make_post, branch):
    client = as_member("Redaktörer")
    text = "Ring 070-174 06 05. Närvarande: Test Testsson"
    post = make_post(body=f"<p>{text}</p>", published_at=None)
    lines = [str(one) for one in get_messages(publish(client, post).wsgi_request)]
    assert Post.objects.published().count() == 1
    url, values = filled(Document, client, title=["Protokoll"])
    data = {name: value[0] for name, value in values.items() if value}
    answer = client.post(url, data | {"_publish": "1", "file": upload(make_pdf("Hej", text))})
    lines += [str(one) for one in get_messages(answer.wsgi_request)]
    assert Document.objects.published().count() == 1
    for told in (
        "Texten innehåller telefonnummer: 070-174 06 05.",
        "Texten säger vilka som var med.",
        "Filen innehåller telefonnummer: 070-174 06 05 (sida 2).",
        "Filen säger vilka som var med (sida 2).",
    ):
        assert any(told in line for line in lines)

"""How an address of a contact reaches a reader, and how it does not."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from common.email_protection.tokens import make_token, read_token
from contacts.models import Assignment, Person, Role
from tests.helpers.pages import make_page
from tests.helpers.properties import given, st

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def button_addresses(client, page="/kontakt/"):
    return re.findall(r'formaction="(/kontakt/e-post/[^"]+/)"', client.get(page).text)


@pytest.fixture
def person(make_holder):
    return make_holder("Test Testsson", email="test@example.org", show_email=True).person


def test_no_page_prints_an_address_and_the_button_gives_it(client, person, make_post):
    for page in ("/", "/kontakt/", make_post().get_absolute_url()):
        html = client.get(page).text
        assert "example.org" not in html
        assert not re.search(r"mailto:(?!\?)", html)  # but a post is shared by a letter to nobody yet
        [address] = button_addresses(client, page)
        answer = client.post(address)
        assert '<a id="adress" href="mailto:test@example.org">test@example.org</a>' in answer.text


def test_a_mail_link_in_a_text_opens_with_the_letter_that_was_begun(client, branch, make_post):
    link = "<a href='mailto:a@example.org?subject=Hej&amp;body=Jag%20vill%20bli%20medlem%0AAnna'>Mejla</a>"
    [address] = button_addresses(client, make_post(body=f"<p>{link}</p>").get_absolute_url())
    letter = "mailto:a@example.org?subject=Hej&body=Jag%20vill%20bli%20medlem%0D%0AAnna"
    assert f'href="{letter.replace("&", "&amp;")}"' in client.post(address).text
    assert client.post(address, headers={"Accept": "application/json"}).json()["mailto"] == letter


def test_the_script_of_a_page_gets_the_address_as_json(client, person):
    [address] = button_addresses(client)
    answer = client.post(address, headers={"Accept": "application/json"})
    assert answer.json() == {"email": "test@example.org", "mailto": "mailto:test@example.org"}
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_answer_is_for_this_reader_only_and_for_no_search_engine(client, person):
    [address] = button_addresses(client)
    for answer in (client.get(address), client.post(address)):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert not answer.cookies


def test_the_answer_holds_the_address_that_was_asked_for_and_no_other(client, person, branch):
    branch.description = "Fråga hemlig@example.org"
    branch.save()
    [address] = button_addresses(client)[:1]
    answer = client.post(address).text
    assert answer.count("test@example.org") == 2
    assert "hemlig@example.org" not in answer


def test_a_persons_old_button_ends_when_the_role_gets_a_mailbox(client, person):
    [address] = button_addresses(client)
    Role.objects.update(email="ordforande@example.org")
    assert client.post(address).status_code == 410


def test_a_shared_link_or_a_reload_offers_the_button_again(client, person):
    [address] = button_addresses(client)
    page = client.get(address)
    assert page.status_code == 200
    assert "example.org" not in page.text
    assert button_addresses(client, address)[0] == address


def test_a_browser_without_a_csrf_token_gets_the_answer(person):
    client = Client(enforce_csrf_checks=True)
    assert client.post(button_addresses(client)[0]).status_code == 200


def test_the_mailbox_of_a_role_goes_before_a_private_address(client, person):
    Role.objects.update(email="ordforande@example.org")
    html = client.get("/kontakt/").text
    assert "Visa e-postadress till ordföranden" in html
    [address] = button_addresses(client)
    assert "ordforande@example.org" in client.post(address).text
    assert "test@example.org" not in client.post(address).text


def test_a_button_follows_the_office_and_ends_with_it(client, person):
    Role.objects.update(email="ordforande@example.org")
    [address] = button_addresses(client)
    Role.objects.update(email="ny@example.org")
    assert "ny@example.org" in client.post(address).text
    Assignment.objects.update(ends_on=timezone.localdate() - timedelta(days=1))
    answer = client.post(address)
    assert answer.status_code == 410
    assert "inte längre aktuell" in answer.text
    assert "example.org" not in answer.text


@pytest.mark.parametrize("change", [{"show_email": False}, {"email": ""}])
def test_a_person_who_no_longer_shows_the_address_is_left_alone(client, person, change):
    [address] = button_addresses(client)
    Person.objects.update(**change)
    assert client.post(address).status_code == 410
    assert client.get(address).status_code == 410


def test_pages_with_buttons_are_the_same_bytes_every_time(client, person):
    assert client.get("/kontakt/").content == client.get("/kontakt/").content


def altered(token):
    return ("A" if token[0] != "A" else "B") + token[1:]


def test_a_token_that_was_altered_or_made_up_is_not_found(client, person):
    [address] = button_addresses(client)
    token = address.split("/")[3]
    for wrong in (altered(token), token[:-4], token + "AAAA", "x", make_token("okänd:1")):
        assert client.post(f"/kontakt/e-post/{wrong}/").status_code == 404
        assert client.get(f"/kontakt/e-post/{wrong}/").status_code == 404


def test_a_token_tells_nothing_of_what_it_stands_for():
    tokens = [make_token(text) for text in ("role:1", "person:1", "person:123456")]
    assert len({len(token) for token in tokens}) == 1
    assert len(set(tokens)) == 3
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", token) for token in tokens)


def test_an_old_key_still_reads_its_tokens_and_a_strange_key_does_not(settings):
    token = make_token("person:1")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", [settings.SECRET_KEY]
    assert read_token(token) == "person:1"
    assert make_token("person:1") != token
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(ValueError, match="not a token"):
        read_token(token)


@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_every_text_comes_back_from_its_token(text):
    assert read_token(make_token(text)) == text


@given(st.text())
def test_no_text_is_a_token_by_chance(text):
    with pytest.raises(ValueError, match="not a token"):
        read_token(text)


@pytest.mark.parametrize(
    ("body", "note"),
    [
        ("<p>Skriv till a@example.org eller A@example.org.</p>", "1 e-postadress skyddas"),
        (
            '<p><a href="mailto:a@example.org">Anna</a>, b@<strong>example.org</strong></p>',
            "2 e-postadresser skyddas",
        ),
        ("<p>Vi ses kl. 18.30.</p>", None),
    ],
)
def test_the_editor_is_told_how_many_addresses_in_the_text_are_protected(as_superuser, make_post, body, note):
    post, page = (
        make_post(body=body),
        make_page(title="Om oss", body=body),
    )
    for address in (f"/admin/news/post/{post.pk}/change/", f"/admin/news/page/{page.pk}/change/"):
        html = as_superuser.get(address).text
        assert ("skyddas" in html) == bool(note)
        assert (note or "") in html


def test_the_admin_says_beside_the_fields_what_becomes_of_an_address(as_superuser, person):
    person_form = as_superuser.get(f"/admin/contacts/person/{person.pk}/change/").text
    assert "Visas först när en besökare trycker på knappen." in person_form
    role_form = as_superuser.get(f"/admin/contacts/role/{person.assignments.get().role_id}/change/").text
    assert "Används i stället för personens egen adress." in role_form

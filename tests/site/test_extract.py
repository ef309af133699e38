"""*Utdrag*: what is stored about somebody, as one file to send on."""

import html

import pytest
from django.urls import reverse
from django.utils import timezone

from common.swedish import day_text
from contacts.models import Person, Role
from hgf_site.accounts.security_log import events
from mailing.models import Delivery, Letter, Subscriber
from news.models import Category
from tests.helpers.admin_forms import delete, filled, send
from tests.helpers.pages import make_page
from tests.helpers.versions import change

pytestmark = pytest.mark.any_database

ADDRESS = "vilma@example.org"


def extract(client, person=None, **data):
    url = reverse("admin:extract_person", args=[person.pk]) if person else reverse("admin:extract")
    return client.post(url, data)


def text_of(answer):
    return html.unescape(answer.text)


@pytest.fixture
def vilma(as_superuser, picture_file):
    """Somebody with a photo, a role, two numbers and a former name."""
    role = Role.objects.create(name="Kassör")
    url, values = filled(Person, as_superuser, name=["Vilma Visbo"], phone=["070-174 06 05"], email=[ADDRESS])
    as_superuser.post(url, values | {"photo": picture_file()})
    person = Person.objects.get()
    change(as_superuser, person, name=["Vilma Nyman"], phone=["070-174 06 06"])
    new = {"assignments-TOTAL_FORMS": ["1"], "assignments-0-role": [role.pk], "assignments-0-order": ["0"]}
    url, values = filled(Role, as_superuser, role, **new, **{"assignments-0-person": [person.pk]})
    assert send(as_superuser, url, values).status_code == 302
    return Person.objects.get()


@pytest.mark.each_database
@pytest.mark.django_db
def test_it_holds_rows_versions_texts_letters_log_and_photo_in_one_file(as_superuser, vilma, make_post):
    make_post(title="Ny kassör", body="<p>Vi välkomnar Vilma Nyman.</p><p>Kaffet är Bo Testssons.</p>")
    change(as_superuser, make_page(title="Om oss", body="<p>Fråga Vilma Visbo.</p>"), body=["<p>Ingen</p>"])
    delete(as_superuser, make_page(title="Borta", body="<p>Ring 070-174 06 05.</p>"))
    written = {"name": "V", "reply": ADDRESS, "text": "Hissen står still."}
    Delivery.write_first(role=Role.objects.get(), fields=written)
    Delivery.write_first(
        role=Role.objects.get(), fields={**written, "reply": "bo@example.org", "text": "En annans ord."}
    )

    answer = extract(as_superuser, vilma)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="utdrag-vilma-nyman.html"'
    assert "no-store" in answer.headers["Cache-Control"]
    text = text_of(answer)
    for told in (
        "070-174 06 06",
        "070-174 06 05",
        ADDRESS,
        "Vilma Visbo",
        "<dt>Syns för alla: telefonnumret</dt><dd>Nej</dd>",
        "Kassör",
        "Vi välkomnar Vilma Nyman.",
        "Fråga Vilma Visbo.",
        "Ring 070-174 06 05.",
        "Hissen står still.",
        "Det som står om ändringar",
        "data:image/",
    ):
        assert told in text, told
    assert "Bo Testsson" not in text
    assert "bo@example.org" not in text
    assert "En annans ord." not in text
    assert "admin" not in text.replace("administratör", "")  # who changed what is about somebody else


@pytest.mark.django_db
def test_of_an_address_it_holds_what_is_stored_of_its_letters(as_member, make_post):
    client = as_member("Administratörer")
    now, post = timezone.now(), make_post(title="Vattnet stängs av")
    wanted = Category.objects.create(name="Möten")
    subscriber = Subscriber.objects.create(
        email=ADDRESS, asked_at=now, confirmed_at=now, wording="prov", weekly=True, categories=[wanted.pk]
    )
    Delivery.write_first(subscriber=subscriber, letter=Letter.objects.create(post=post, made_at=now))
    text = text_of(extract(client, email=ADDRESS.upper()))
    for told in (ADDRESS, "Möten", "en gång i veckan", "Brev: Vattnet stängs av", "väntar"):
        assert told in text, told
    assert subscriber.key not in text  # who has it may change what the address gets
    assert "Inget finns sparat" in text_of(extract(client, email="bo@example.org"))
    assert extract(client, email="ingen adress").status_code == 404


@pytest.mark.django_db
def test_of_an_address_it_says_whose_it_is_or_was_and_which_role_has_it(as_superuser, vilma):
    old = extract(as_superuser, email=ADDRESS)
    change(as_superuser, vilma, email=["annan@example.org"])
    change(as_superuser, Role.objects.get(), email=[ADDRESS])
    for answer, row in ((old, "<h3>Vilma Nyman</h3>"), (extract(as_superuser, email=ADDRESS), "Kassör</h3>")):
        assert f"{row}\n<dl><dt>" in answer.text
        assert f"<h3>Person Vilma Nyman, {day_text(timezone.localdate())}" in answer.text
        assert f"<dd>{ADDRESS}</dd>" in answer.text
        assert "070" not in answer.text  # it may be another's too
    mailbox = f"<h3>Kassör</h3>\n<dl><dt>Rollens e-postadress</dt><dd>{ADDRESS}"
    assert mailbox in extract(as_superuser, vilma).text


@pytest.mark.django_db
def test_the_security_log_says_who_took_it_out_and_of_whom(as_superuser, superuser, vilma):
    extract(as_superuser, vilma)
    extract(as_superuser, email=ADDRESS)
    newest = [event.what for event in events(superuser)][:2]
    assert [what.rpartition("Hämtade")[2] for what in newest] == [
        " ett utdrag om en e-postadress.",
        " ett utdrag om Vilma Nyman.",
    ]
    as_superuser.post(reverse("admin:erase_person", args=[vilma.pk]))
    assert not any("Vilma" in event.what for event in events(superuser))


@pytest.mark.django_db
def test_it_is_for_administrators_by_a_button_and_of_the_trash_too(as_member, vilma):
    url = reverse("admin:extract_person", args=[vilma.pk])
    for group in ("Redaktörer", "Kontaktansvariga"):
        client = as_member(group, username=group)
        assert client.post(url).status_code == 403
        assert client.post(reverse("admin:extract"), {"email": ADDRESS}).status_code == 403
    client = as_member("Administratörer")
    assert client.get(url).status_code == 405
    assert url in client.get(reverse("admin:erase_person", args=[vilma.pk])).text
    assert reverse("admin:extract") in client.post(reverse("admin:subscribers"), {"email": ADDRESS}).text
    delete(client, vilma)
    assert "070-174 06 06" in text_of(client.post(url))

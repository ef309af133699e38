"""A change of something public waits beside it: "Spara som förslag"."""

import re

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from common.publishing.models import Proposal
from common.versions.conflict import state_digest
from contacts.models import Area, Person
from hgf_site.admin_site.dashboard import dashboard_for
from hgf_site.erasure.personal_data import PersonalDataSearch
from news.models import Page
from tests.helpers.admin_forms import delete, errors_at, filled, form_id_of, read_form, send, undo_address
from tests.helpers.pages import make_page
from tests.helpers.versions import change, restore, versions_of

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
NEW = "<p>Vi ses klockan sju.</p>"


def said(response):
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def propose(client, row, **changes):
    return change(client, row, **{"body": [NEW], "_propose": [""], **changes})


def box(client, row):
    """What the form says of the proposal, with its buttons."""
    page = client.get(reverse(f"admin:news_{row._meta.model_name}_change", args=[row.pk])).text
    found = re.search(r'<form method="post" class="to-do proposal">.*?</form>', page, re.DOTALL)
    return found[0] if found else ""


def press(client, row, button):
    """Press a button of that box."""
    digest = re.search('name="proposal" value="([0-9a-f]*)"', box(client, row))[1]
    url = reverse(f"admin:news_{row._meta.model_name}_change", args=[row.pk])
    return client.post(url, {"proposal": digest, button: ""})


def link_of(client, row):
    return re.search('href="https?://[^/]+(/utkast/[^"]+)"', box(client, row))[1]


@pytest.fixture
def post(make_post, branch):
    return make_post(title="Årsmöte i mars", body="<p>Vi ses klockan sex.</p>", byline="Ordföranden")


@pytest.mark.each_database
@pytest.mark.parametrize("kind", ["post", "page"])
def test_a_proposal_waits_is_shown_by_its_link_and_published_with_one_press(as_member, client, post, kind):
    row = post if kind == "post" else make_page(title="Om oss", body="<p>Vi ses klockan sex.</p>")
    as_member("Redaktörer", first_name="Anna", last_name="Testsson")
    response = propose(client, row, title=["Nytt namn"])

    assert "Förslaget är sparat" in said(response)
    assert "förslaget som Anna Testsson sparade" in box(client, row)
    link = link_of(client, row)
    row.refresh_from_db()
    assert "klockan sex" in row.body
    assert "klockan sex" in client.get(row.get_absolute_url()).text
    assert len(versions_of(row)) == 1  # of before

    client.logout()
    assert client.get(row.get_share_url("another-key")).headers["Location"] == row.get_absolute_url()
    page = client.get(link)
    assert "Förslag till ändring." in page.text
    assert "klockan sju" in page.text
    assert "Nytt namn</h1>" in page.text
    assert page.headers["Cache-Control"] == "no-store"

    as_member("Redaktörer", username="andra", first_name="Bo", may=["change_proposal"])
    assert "Förslaget är publicerat: ”Nytt namn”. Syns sedan" in said(press(client, row, "_publish_proposal"))
    row.refresh_from_db()
    assert (row.title, row.body) == ("Nytt namn", NEW)
    assert versions_of(row)[-1].revision.comment.startswith("Förslag av Anna Testsson. Ändrade ")
    assert box(client, row) == ""
    assert client.get(link).headers["Location"] == row.get_absolute_url()


def test_the_ticks_of_a_proposal_wait_too(as_superuser, post):
    first, second = (Area.objects.create(name=name) for name in ("Helenelund", "Rotebro"))
    post.areas.add(first)
    propose(as_superuser, post, areas=[second.pk])
    assert [*post.areas.all()] == [first]
    assert "Rotebro" in as_superuser.get(link_of(as_superuser, post)).text
    press(as_superuser, post, "_publish_proposal")
    assert [*post.areas.all()] == [second]


def test_a_proposal_is_edited_in_the_form_and_stays_one(as_superuser, post):
    propose(as_superuser, post)
    link = link_of(as_superuser, post)
    response = press(as_superuser, post, "_edit_proposal")
    values, _ = read_form(response, form_id_of(type(post)))
    assert values["body"] == [NEW]
    assert values["byline"] == ["Ordföranden"]
    assert "Här är förslaget som test sparade" in response.text

    url = reverse("admin:news_post_change", args=[post.pk])
    send(as_superuser, url, values | {"body": ["<p>Vi ses åtta.</p>"], "_propose": [""]})
    assert "Vi ses åtta." in as_superuser.get(link).text
    post.refresh_from_db()
    assert "klockan sex" in post.body

    values, _ = read_form(press(as_superuser, post, "_edit_proposal"), form_id_of(type(post)))
    send(as_superuser, url, values | {"lead": ["Välkommen."], "_save": [""]})
    post.refresh_from_db()
    assert (post.body, post.lead) == ("<p>Vi ses åtta.</p>", "Välkommen.")
    assert not Proposal.objects.exists()


def test_what_somebody_else_changed_meanwhile_is_kept(as_superuser, post):
    propose(as_superuser, post)
    change(as_superuser, post, lead=["Kom i tid."])
    response = press(as_superuser, post, "_publish_proposal")
    assert "Text: din ändring är med." in response.text
    values, _ = read_form(response, form_id_of(type(post)))
    assert (values["body"], values["lead"]) == ([NEW], ["Kom i tid."])
    send(as_superuser, reverse("admin:news_post_change", args=[post.pk]), values | {"_save": [""]})
    post.refresh_from_db()
    assert (post.body, post.lead) == (NEW, "Kom i tid.")
    assert not Proposal.objects.exists()


def test_where_both_changed_the_same_the_page_of_two_writers_asks(as_superuser, post):
    propose(as_superuser, post)
    change(as_superuser, post, body=["<p>Vi ses klockan fem.</p>"])
    response = press(as_superuser, post, "_publish_proposal")
    assert response.status_code == 409
    assert {">fem<", ">sju<"} <= set(re.findall(">[a-z]+<", response.text))
    post.refresh_from_db()
    assert "klockan fem" in post.body
    assert Proposal.objects.exists()


def test_what_was_saved_while_the_proposal_was_written_is_read_before_it_is_kept(as_superuser, post):
    url, late = filled(type(post), as_superuser, post, body=[NEW], _propose=[""])
    change(as_superuser, post, lead=["Kom i tid."])
    response = send(as_superuser, url, late)
    assert "Text: din ändring är med." in response.text
    assert not Proposal.objects.exists()
    values, _ = read_form(response, form_id_of(type(post)))
    send(as_superuser, url, values | {"_propose": [""]})
    fields = Proposal.objects.get().fields
    assert (fields["body"], fields["lead"]) == (NEW, "Kom i tid.")
    assert press(as_superuser, post, "_publish_proposal").status_code == 302


def test_only_one_waits_and_no_text_replaces_it_unseen(as_superuser, post):
    url, late = filled(type(post), as_superuser, post, body=["<p>Annan text.</p>"], _propose=[""])
    propose(as_superuser, post)
    response = send(as_superuser, url, late)
    assert "Bara ett förslag kan vänta, och nu finns förslaget som test sparade" in response.text
    assert "Annan text." in response.text
    assert Proposal.objects.get().fields["body"] == NEW

    old = filled(type(post), as_superuser, post)[0], {"proposal": "0" * 32, "_publish_proposal": ""}
    assert "Se efter en gång till" in said(as_superuser.post(*old))
    post.refresh_from_db()
    assert "klockan sex" in post.body


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"slug": ["ny-adress"]}, "adress"),
        ({"pinned_until": ["2099-01-01"]}, "håll överst till och med"),
        ({"occurrences-0-day": ["2099-01-01"], "occurrences-0-place": ["Lokalen"]}, "datum"),
    ],
    ids=["slug", "pinned_until", "occurrences"],
)
def test_what_cannot_wait_is_told_and_nothing_is_saved(as_superuser, post, changes, what):
    url, values = filled(type(post), as_superuser, post, body=[NEW], _propose=[""], **changes)
    response = send(as_superuser, url, values)
    assert re.search(f"kan inte vänta i ett förslag: [^.]*{what}", response.text)
    assert "klockan sju" in response.text
    assert not Proposal.objects.exists()


def test_a_picture_cannot_wait(as_superuser, post, picture_file):
    url, values = filled(type(post), as_superuser, post, image_alt=["Grannar på gården."], _propose=[""])
    data = {name: value[0] for name, value in values.items() if value} | {"image": picture_file()}
    assert "kan inte vänta i ett förslag: bild." in as_superuser.post(url, data).text
    assert not Proposal.objects.exists()


def test_a_proposal_is_checked_when_it_is_published_as_any_text(as_superuser, post):
    propose(as_superuser, post, body=["<p>Läs <a href='/om-oss/'>här</a>.</p>"])
    response = press(as_superuser, post, "_publish_proposal")
    assert "Skriv vart länken ”här” leder" in errors_at(response)["body"]
    post.refresh_from_db()
    assert "klockan sex" in post.body
    assert Proposal.objects.exists()

    url, values = filled(type(post), as_superuser, post, title=[""], _propose=[""])
    assert "title" in errors_at(send(as_superuser, url, values))


def test_the_proposals_of_others_are_decided_by_administrators(as_member, client, post):
    as_member("Redaktörer")
    propose(client, post)
    assert press(client, post, "_edit_proposal").status_code == 200  # one's own
    digest = re.search('name="proposal" value="([0-9a-f]+)"', box(client, post))[1]

    as_member("Redaktörer", username="annan")
    assert "Visa förslaget" in box(client, post)
    assert "Publicera förslaget" not in box(client, post)
    url = reverse("admin:news_post_change", args=[post.pk])
    for button in ("_publish_proposal", "_edit_proposal", "_drop_proposal"):
        assert client.post(url, {"proposal": digest, button: ""}).status_code == 403

    as_member("Administratörer", username="admin")
    assert press(client, post, "_publish_proposal").status_code == 302


@pytest.mark.each_database
@pytest.mark.parametrize("button", ["_propose", "_save"])
def test_nobody_replaces_or_takes_away_the_proposal_of_somebody_else_who_counts_its_digest(
    as_member, client, post, button
):
    as_member("Redaktörer")
    propose(client, post)
    as_member("Redaktörer", username="annan")
    forged = state_digest(Proposal.objects.get().state)
    url, values = filled(type(post), client, post, body=["<p>Annan text.</p>"], proposal=[forged])
    send(client, url, values | {button: [""]})
    assert Proposal.objects.get().fields["body"] == NEW


def test_a_deleted_proposal_is_in_the_history_and_can_be_put_back(as_superuser, post):
    propose(as_superuser, post)
    link = link_of(as_superuser, post)
    assert "finns kvar i Historik" in said(press(as_superuser, post, "_drop_proposal"))
    assert box(as_superuser, post) == ""
    assert as_superuser.get(link).status_code == 302
    post.refresh_from_db()
    assert "klockan sex" in post.body

    history = as_superuser.get(reverse("admin:news_post_history", args=[post.pk])).text
    assert "Ändrat utanför admin" not in history
    [version] = [one for one in versions_of(post) if "Tog bort förslaget" in one.revision.comment]
    restore(as_superuser, version)
    post.refresh_from_db()
    assert post.body == NEW


def test_a_proposal_goes_to_the_trash_and_comes_back_with_its_post(as_superuser, post):
    propose(as_superuser, post)
    link = link_of(as_superuser, post)
    response = delete(as_superuser, post)
    assert as_superuser.get(link).status_code == 410
    as_superuser.post(undo_address(response))
    assert "klockan sju" in as_superuser.get(link).text


def test_lists_and_the_start_page_of_the_admin_say_that_a_proposal_waits(as_superuser, superuser, post):
    page = make_page(title="Om oss")
    assert "förslag väntar" not in as_superuser.get("/admin/news/post/").text
    propose(as_superuser, post)
    propose(as_superuser, page)
    for kind in ("post", "page"):
        assert "ett förslag väntar" in as_superuser.get(f"/admin/news/{kind}/").text
    found = {section.title: section.rows for section in dashboard_for(superuser).sections}
    assert [row.title for row in found["Förslag som väntar"]] == ["Årsmöte i mars", "Om oss"]
    delete(as_superuser, post)
    found = {section.title: section.rows for section in dashboard_for(superuser).sections}
    assert [row.title for row in found["Förslag som väntar"]] == ["Om oss"]


def test_whoever_is_erased_is_found_in_proposals_and_taken_out_of_them(as_superuser, post):
    person = Person.objects.create(name="Erik Exempelsson")
    propose(as_superuser, post, lead=["Kom!\nErik Exempelsson bjuder på kaffe."])
    url = reverse("admin:erase_person", args=[person.pk])
    search = PersonalDataSearch({"names": [person.name], "phones": [], "emails": []})
    assert [(one.kind, one.name) for one in search.old_texts()] == [("Förslag", "Årsmöte i mars")]
    assert "(förslag)" in as_superuser.get(url).text
    extract = as_superuser.post(reverse("admin:extract_person", args=[person.pk])).text
    assert "Erik Exempelsson bjuder på kaffe." in extract
    as_superuser.post(url, {"old": "on"})
    assert not Proposal.objects.exists()
    assert Page.objects.count() == 0


def test_a_draft_has_none_and_what_is_a_draft_again_asks_before_it_takes_it(as_superuser, make_post, post):
    draft = make_post(title="Utkast", published_at=None)
    assert "Spara som förslag" not in as_superuser.get(f"/admin/news/post/{draft.pk}/change/").text
    propose(as_superuser, post)
    change(as_superuser, post, _draft=[""])
    assert "Använd förslaget" in box(as_superuser, post)
    press(as_superuser, post, "_publish_proposal")
    post.refresh_from_db()
    assert (post.body, post.published_at) == ("<p>Vi ses klockan sex.</p>", None)  # asked first

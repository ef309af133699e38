"""Addresses that have moved still lead to what stood there, in one step."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from news.models import Redirect

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def leads_to(client, address):
    response = client.get(address)
    assert response.status_code == 301, address
    return response.headers["Location"]


def added(old_path, target):
    """A redirect as the admin's form makes it."""
    redirect = Redirect(old_path=old_path, target=target)
    redirect.full_clean()
    redirect.save()
    return redirect


def refused(old_path, target):
    """The fields at which a redirect is refused, with the messages."""
    with pytest.raises(ValidationError) as refusal:
        added(old_path, target)
    return refusal.value.message_dict


# --- What has been given another address here ---


def test_a_moved_post_leads_from_every_address_it_has_had(client, content):
    post = content["post"]
    for slug in ("varmote", "hostmote", "varmote"):
        post.slug = slug
        post.save()
    assert client.get("/nyheter/varmote/").status_code == 200
    for old in ("/nyheter/arsmote-i-mars/", "/nyheter/hostmote/"):
        assert leads_to(client, old) == "/nyheter/varmote/"


def test_a_moved_category_and_its_feed_and_a_moved_page_are_still_found(client, content):
    for what, slug in ((content["category"], "traffar"), (content["page"], "vilka-vi-ar")):
        what.slug = slug
        what.save()
    assert leads_to(client, "/nyheter/kategori/moten/") == "/nyheter/kategori/traffar/"
    assert leads_to(client, "/nyheter/kategori/moten/rss/") == "/nyheter/kategori/traffar/rss/"
    assert leads_to(client, "/om-oss/") == "/vilka-vi-ar/"


@pytest.mark.parametrize("published_at", [None, timezone.now() + DAY], ids=["draft", "scheduled"])
def test_a_post_that_moves_before_anybody_has_seen_it_leaves_no_trace(make_post, published_at):
    draft = make_post(published_at=published_at)
    draft.slug = "ny-adress"
    draft.save()
    assert not Redirect.objects.exists()


# --- What an administrator says ---


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("pasted", "asked"),
    [
        ("/index.php/om-oss", "/index.php/om-oss"),
        ("/index.php/om-oss", "/index.php/om-oss/"),
        ("/gammal/", "/gammal/"),
        (" https://www.exempel.se/gammal/sida.html#del ", "/gammal/sida.html"),
        ("/nyheter/%C3%A5rsm%C3%B6te", "/nyheter/%C3%A5rsm%C3%B6te"),
        ("/nyheter/årsmöte", "/nyheter/%C3%A5rsm%C3%B6te"),
    ],
)
def test_an_old_address_is_understood_as_it_is_pasted(client, branch, pasted, asked):
    added(pasted, "/kontakt/")
    assert leads_to(client, asked) == "/kontakt/"
    assert client.get("/nyheter/finns-inte/").status_code == 404


@pytest.mark.any_database
@pytest.mark.parametrize(
    "address",
    ["/", "/nyheter/", "/kontakt", "/nyheter/arsmote-i-mars/", "/om-oss/", "/admin/x/", "https://exempel.se"],
)
def test_a_redirect_from_a_page_that_is_there_is_refused_since_it_would_never_be_used(content, address):
    assert "finns redan en sida" in str(refused(address, "/kontakt/")["old_path"])


@pytest.mark.parametrize("address", ["/index.php?id=3", "/%00", "/%ff", "https://[x"])
def test_an_old_address_that_nobody_can_ask_for_is_refused_at_its_field(branch, address):
    assert set(refused(address, "/kontakt/")) == {"old_path"}


def test_an_old_address_is_given_once(branch):
    added("/gammal/", "/kontakt/")
    assert set(refused("https://exempel.se/gammal/", "/nyheter/")) == {"old_path"}


def test_a_chain_becomes_one_step_whichever_part_was_made_first(client, branch):
    added("/b/", "/c/")
    added("/a/", "/b/")
    added("/c/", "/kontakt/")
    for old in ("/a/", "/b/", "/c/"):
        assert leads_to(client, old) == "/kontakt/"


def test_a_circle_is_refused_with_its_reason(branch):
    added("/a/", "/b/")
    assert "gå i cirkel" in str(refused("/b/", "/a/")["target"])
    assert "gå i cirkel" in str(refused("/b", "/a")["target"])
    assert set(refused("/d/", "/d/")) == {"target"}


def test_a_redirect_can_be_changed_and_its_old_address_used_again(client, content):
    redirect = added("/om/", "/kontakt/")
    redirect.target = "/om-oss/"
    redirect.full_clean()
    redirect.save()
    assert leads_to(client, "/om/") == "/om-oss/"
    content["page"].slug = "om"
    content["page"].save()
    assert client.get("/om/").status_code == 200
    assert leads_to(client, "/om-oss/") == "/om/"


def test_a_whole_address_of_ours_is_kept_as_its_path(client, branch, settings):
    assert added("/gammal/", f"{settings.SITE_URL}/kontakt/").target == "/kontakt/"
    assert added("/annan/", "https://example.org/x").target == "https://example.org/x"


@pytest.mark.parametrize("target", ["https://[x", "javascript:alert(1)", "mailto:a"])
def test_a_redirect_that_leads_nowhere_is_not_found(client, branch, target):
    Redirect.objects.create(old_path="/gammal/", target=target)  # past the form
    assert client.get("/gammal/").status_code == 404


@pytest.mark.any_database
@pytest.mark.parametrize("target", ["javascript:alert(1)", "//evil.example/", "https://[x", "nyheter/"])
def test_a_redirect_to_nowhere_is_refused_at_its_field(target):
    with pytest.raises(ValidationError) as refusal:
        Redirect(old_path="/gammal/", target=target).full_clean()
    assert "target" in refusal.value.message_dict


def test_the_new_address_of_a_draft_is_told_to_nobody_until_it_is_published(client, branch, make_post):
    post = make_post(slug="arsmote", expires_at=None)
    post.published_at, post.slug = None, "styrelsen-avgar"
    post.save()
    answer = client.get("/nyheter/arsmote/")
    assert answer.status_code == 404
    assert "styrelsen-avgar" not in str(answer.headers) + answer.text
    post.published_at = timezone.now()
    post.save()
    assert client.get("/nyheter/arsmote/").headers["Location"] == "/nyheter/styrelsen-avgar/"


@pytest.mark.parametrize(
    "target", ["https://namn@evil.example/", "https://www.example.org:pw@evil.example/x"]
)
def test_a_target_that_hides_its_host_behind_a_name_is_refused(branch, target):
    assert list(refused("/gammal/", target)) == ["target"]


@pytest.mark.any_database
@pytest.mark.parametrize("coded", ["%EF%BC%A0", "%ef%bc%a0", "%25EF%25BC%25A0", "\uff20", "%40", "@"])
def test_an_address_in_a_path_is_in_no_location_and_on_no_page(client, branch, coded):
    Redirect.objects.create(old_path="/gammal/", target=f"/sok/?q=anna{coded}example.org&sida=2")
    Redirect.objects.create(old_path="/annan/", target=f"/nyheter/anna{coded}example.org/")
    assert client.get("/gammal/").headers["Location"] == "/sok/?q=&sida=2"
    assert client.get("/annan/").headers["Location"] == "/nyheter//"
    for path in (f"/Nyheter/anna{coded}example.org/", f"/sok/?q=anna{coded}example.org"):
        answer = client.get(path)
        assert "example.org" not in f"{answer.headers}{answer.text}"


def test_a_target_here_may_have_a_query_or_be_a_file(client, branch):
    for old, new in (("/sokt/", "/sok/?q=hyra"), ("/stadgar/", "/static/stadgar.pdf")):
        added(old, new)
        assert client.get(old).headers["Location"] == new

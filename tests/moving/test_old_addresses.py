"""Every address of the old site leads on, in one hop, once its text is public here."""

from datetime import timedelta

import pytest
from django.utils import timezone

from hgf_site.management.commands.purge import WORK
from moving.models import Imported
from news.models import MissedAddress, Post
from tests.helpers import joomla

pytestmark = pytest.mark.any_database


@pytest.fixture
def moved(tmp_path, db):
    path = joomla.write_dump(
        tmp_path,
        joomla.article(12, "Årsmöte", alias="arsmoete"),
        joomla.article(13, "Aldrig", state=0),
        redirects=[
            (1, "http://www.gamla.example/styrelsen", "http://www.gamla.example/kontakta-oss", 1),
            (2, "http://www.gamla.example/forut", "/nyheter/arsmoete", 1),
            (3, "http://www.gamla.example/wp-login.php", "", 0),
        ],
        contacts=[(12, "Påhittad Personsson", "p-p", "", "", "", "", 1, 1)],
    )
    joomla.run("import_joomla", path)
    return Post.objects.get(title="Årsmöte")


def publish(post):
    Post.objects.filter(pk=post.pk).update(published_at="2019-06-11T07:14Z")


WAYS = [
    "/nyheter/12-nagot-annat",
    "/index.php/nyheter/12-arsmoete",
    "/index.php/nyheter/arsmoete",
    "/nyheter/arsmoete.html",
    "/index.php?option=com_content&view=article&id=12",
    "/index.php?option=com_content&view=article&id=12:x&catid=8&Itemid=103",
    "/?option=com_content&view=article&id=12",
    "/forut",
]


@pytest.mark.parametrize("path", WAYS)
def test_an_old_address_is_404_while_its_text_is_a_draft_and_leads_to_it_then(moved, client, path):
    assert client.get(path).status_code == 404
    publish(moved)
    response = client.get(path)
    assert (response.status_code, response.headers["Location"]) == (301, "/nyheter/arsmoete/")


@pytest.mark.parametrize("path", WAYS[:7])
def test_an_old_address_follows_the_draft_whose_address_is_changed(moved, client, path):
    moved.slug = "arsmotet-2019"
    moved.save()
    publish(moved)
    if "12" in path:
        assert client.get(path).headers["Location"] == "/nyheter/arsmotet-2019/"


def test_a_text_that_was_never_public_has_no_old_address(moved, client):
    publish(Post.objects.get(title="Aldrig"))
    assert client.get("/index.php?option=com_content&view=article&id=13").status_code == 404
    assert client.get("/?option=com_content&view=article&id=999").status_code == 404


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/nyheter?format=feed&type=rss", "/nyheter/kategori/nyheter/rss/"),
        ("/?format=feed&type=atom", "/nyheter/rss/"),
        ("/index.php?option=com_content&view=category&id=8&format=feed", "/nyheter/kategori/nyheter/rss/"),
        ("/index.php?option=com_content&view=category&id=8", "/nyheter/kategori/nyheter/"),
        ("/kontakta-oss", "/kontakt/"),
        ("/kontakta-oss/12-p-p", "/kontakt/"),
        ("/kontakta-oss/p-p", "/kontakt/"),
        ("/index.php?option=com_contact&view=contact&id=12", "/kontakt/"),
        ("/8-nyheter", "/nyheter/kategori/nyheter/"),
        ("/component/content/category/8-nyheter", "/nyheter/kategori/nyheter/"),
        ("/styrelsen", "/kontakt/"),
        ("/index.php", "/"),
    ],
)
def test_lists_feeds_and_the_contact_page_lead_on(moved, client, path, target):
    response = client.get(path)
    assert (response.status_code, response.headers["Location"]) == (301, target)


def test_an_old_picture_leads_to_ours_while_a_page_shows_it(tmp_path, db, client):
    images = joomla.write_images(tmp_path, "nyheter/bild 1.jpg")
    row = joomla.article(2, "Sommar", '<p>Hej<img src="images/nyheter/bild%201.jpg" alt="En gård" /></p>')
    joomla.run("import_joomla", joomla.write_dump(tmp_path, row), images=images)
    assert client.get("/images/nyheter/bild%201.jpg").status_code == 404
    post = Post.objects.get()
    publish(post)
    assert client.get("/images/nyheter/bild%201.jpg").headers["Location"] == post.image.url


HOSTS = [f"{name}.example" for name in ("gamla", "www.gamla", "a", "www.a", "b", "www.b", "www.c")]


def test_every_path_on_each_old_host_and_scheme_leads_here_and_then_to_its_text_at_once(
    settings, client, moved
):
    settings.FORMER_HOSTS = HOSTS
    settings.ALLOWED_HOSTS = ["ny.example", *HOSTS]
    settings.SITE_URL = "https://ny.example"
    settings.SECURE_SSL_REDIRECT = True
    publish(moved)
    here = {"headers": {"host": "ny.example"}, "secure": True}
    for path in [*WAYS, "/nyheter/arsmoete/", "/nyheter/arsmoete"]:
        for host in HOSTS:
            for secure in (False, True):
                response = client.get(path, headers={"host": host}, secure=secure)
                assert response.headers["Location"] == f"https://ny.example{path}", (host, path)
                assert response.status_code == 301
        response = client.get(path, **here)
        hops = 0 if path.endswith("/arsmoete/") else 1
        assert (response.status_code == 301) == bool(hops), path
        response = client.get(response.headers["Location"], **here) if hops else response
        assert response.status_code == 200, path


def test_an_address_with_a_query_is_written_into_a_redirect_as_it_is(moved, as_superuser):
    old = "https://www.gamla.example/index.php?option=com_content&task=view&id=99&Itemid=3"
    form = {"old_path": old, "target": "/kontakt/"}
    assert as_superuser.post("/admin/news/redirect/add/", form).status_code == 302
    for query in ("option=com_content&view=article&id=99:x", "option=com_content&task=view&id=99"):
        assert as_superuser.get(f"/index.php?{query}").headers["Location"] == "/kontakt/"


def test_no_address_of_the_old_site_is_made_for_who_is_named_in_it(moved):
    assert "hemligt" not in str(list(Imported.objects.values()))


def test_old_addresses_that_lead_nowhere_are_counted_and_listed_without_who_asked(
    moved, client, as_superuser, monkeypatch
):
    clock = iter(range(2, 10_000, 2))
    monkeypatch.setattr("news.paths.middleware.time.monotonic", lambda: next(clock))
    MissedAddress.objects.bulk_create(
        MissedAddress(path=f"/images/{number}") for number in range(MissedAddress.MOST - 2)
    )
    asked = ["/index.php?option=com_content&view=article&id=77:x&Itemid=3", "/images/borta.jpg"]
    for path in [*asked, asked[0], "/images/full", "/images/till%40nagon.jpg", "/wp-login.php", *WAYS]:
        assert client.get(path, REMOTE_ADDR="192.0.2.7").status_code == 404, path
    counts = dict(MissedAddress.objects.values_list("path", "count"))
    assert len(counts) == MissedAddress.MOST
    assert counts["/index.php?view=article&id=77"] == 2
    assert counts["/images/borta.jpg"] == 1
    page = as_superuser.get("/admin/news/redirect/").text
    assert "/index.php?view=article&amp;id=77 (2 gånger" in page
    as_superuser.post("/admin/news/redirect/add/", {"old_path": "/images/borta.jpg", "target": "/kontakt/"})
    assert not MissedAddress.objects.filter(path="/images/borta.jpg").exists()
    MissedAddress.objects.update(last_at=timezone.now() - timedelta(days=91))
    WORK["old addresses that are missing"]()
    assert not MissedAddress.objects.exists()

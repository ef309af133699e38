"""What search engines, feed readers and those who show a link read: parsed as they parse it."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from urllib.parse import urljoin
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from common.page_cache.wsgi import query_parameters_of
from contacts.models import SocialLink
from hgf_site.pages.json_ld import json_ld, json_text
from hgf_site.pages.public_urls import public_paths
from hgf_site.pages.robots import PublicPages
from news.models import Category, Page, Post

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

DAY = timedelta(days=1)
SITE = "https://hyresgast.example"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
HOSTILE = 'Rubrik </script><script>alert(1)</script> & "citat" <!-- \u2028 \x0b\x1f\ufffe anna@example.org'


@pytest.fixture(autouse=True)
def _site_url(settings):
    settings.SITE_URL = SITE


class Head(HTMLParser):
    """What stands in a page's head, and every address that it leads to or loads."""

    def __init__(self, html):
        super().__init__()
        self.meta, self.links, self.json_ld, self.addresses = {}, {}, [], []
        self.title, self.inside = "", ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.inside = tag
        if tag == "meta":
            self.meta[attrs.get("name") or attrs.get("property")] = attrs.get("content")
        elif tag == "link":
            self.links.setdefault(attrs["rel"], []).append(attrs["href"])
        elif tag == "script" and attrs.get("type") == "application/ld+json":
            self.inside = "json"
        self.addresses += [attrs[name] for name in ("href", "src", "action") if attrs.get(name)]
        self.addresses += [part.split()[0] for part in attrs.get("srcset", "").split(", ") if part]

    def handle_data(self, data):
        if self.inside == "json":
            self.json_ld.append(json.loads(data))
        elif self.inside == "title":
            self.title += data
        self.inside = ""

    def node(self, kind):
        [block] = self.json_ld
        assert block["@context"] == "https://schema.org"
        return next(node for node in block["@graph"] if node["@type"] == kind)


def head(client, address):
    return Head(client.get(address).text)


def indexable(content):
    post = content["post"]
    return [
        "/",
        "/nyheter/",
        content["category"].get_absolute_url(),
        reverse("news:year", args=[timezone.localtime(post.published_at).year]),
        post.get_absolute_url(),
        "/kontakt/",
        "/kalender/",
        "/omraden/",
        content["area"].get_absolute_url(),
        content["page"].get_absolute_url(),
        "/dokument/",
        content["document"].get_absolute_url(),
    ]


# --- What every page says of itself ---


def test_every_indexable_page_has_a_title_a_description_and_one_address_of_its_own(client, content):
    titles = set()
    for address in indexable(content):
        found = head(client, address)
        assert found.links["canonical"] == [SITE + address]
        assert found.meta["og:url"] == SITE + address
        assert 10 <= len(found.meta["description"]) <= 160, address
        assert found.meta["og:description"] == found.meta["description"]
        assert found.meta["og:title"] in found.title or address == "/"
        assert found.meta["og:image"].startswith(f"{SITE}/static/")
        assert "noindex" not in found.meta.get("robots", "")
        titles.add(found.title)
    assert len(titles) == len(indexable(content))


def test_the_pages_of_a_list_are_each_their_own_and_name_their_neighbours(client, branch, make_post):
    for number in range(25):
        make_post(title=f"Nyhet {number}")
    found = head(client, "/nyheter/?sida=2")
    assert found.links["canonical"] == [f"{SITE}/nyheter/?sida=2"]
    assert (found.links["prev"], found.links["next"]) == (["/nyheter/"], ["/nyheter/?sida=3"])
    assert "sida 2" in found.title
    assert found.meta["description"].startswith("Sida 2.")
    assert head(client, "/nyheter/?sida=1").links["canonical"] == [f"{SITE}/nyheter/"]


@pytest.mark.parametrize("address", ["/sok/?q=mars", "/sok/", "/finns-inte/"])
def test_what_is_not_for_search_engines_says_so(client, content, address):
    found = head(client, address)
    assert found.meta["robots"] == "noindex"
    assert "canonical" not in found.links
    assert not found.json_ld


def test_a_draft_has_no_meta_tags(client, branch, make_post):
    post = make_post(published_at=None, body="<p>Hemligt.</p>")
    post.share()
    found = head(client, post.get_share_url())
    assert not {"canonical", "og:title"} & {*found.links, *found.meta}
    assert not found.json_ld


def test_a_shared_link_shows_the_posts_picture_at_the_size_that_is_said(
    client, branch, make_post, picture_file
):
    post = make_post(lead="Kom och fira.", image_alt="En gård")
    post.image.save("x.jpg", picture_file("JPEG", size=(1800, 1201)))
    found = head(client, post.get_absolute_url())
    assert found.meta["og:type"] == "article"
    assert found.meta["og:description"] == "Kom och fira."
    assert found.meta["og:image:alt"] == "En gård"
    assert found.meta["article:published_time"] == timezone.localtime(post.published_at).isoformat()
    address = found.meta["og:image"].removeprefix(SITE)
    with Image.open(post.image.storage.path(address.removeprefix("/media/"))) as picture:
        assert picture.format == "JPEG"
        assert picture.size == (1200, 801)
    assert [found.meta[f"og:image:{side}"] for side in ("width", "height")] == ["1200", "801"]
    assert b"".join(client.get(address))[:2] == b"\xff\xd8"
    assert found.node("NewsArticle")["image"] == [SITE + address]


# --- JSON-LD ---


def test_a_post_is_a_news_article_with_its_dates_and_publisher(client, branch, make_post):
    post = make_post(
        title="Årsmöte", lead="Välkommen.", byline="Test Testsson", published_at="2019-04-21T16:30:00Z",
        category=Category.objects.create(name="Möten"),
    )  # fmt: skip
    found = head(client, post.get_absolute_url())
    article, organization = found.node("NewsArticle"), found.node("Organization")
    assert article["headline"] == "Årsmöte"
    assert article["description"] == "Välkommen."
    assert datetime.fromisoformat(article["datePublished"]) == datetime(2019, 4, 21, 16, 30, tzinfo=UTC)
    assert datetime.fromisoformat(article["dateModified"]) == Post.objects.get().updated_at
    assert article["author"] == {"@type": "Person", "name": "Test Testsson"}
    assert article["publisher"] == {"@id": organization["@id"]}
    assert organization["name"] == "Hyresgästföreningen Sollentuna"
    trail = [
        (one["position"], one["name"], one["item"]) for one in found.node("BreadcrumbList")["itemListElement"]
    ]
    assert trail == [
        (1, "Start", f"{SITE}/"),
        (2, "Nyheter", f"{SITE}/nyheter/"),
        (3, "Möten", f"{SITE}/nyheter/kategori/moten/"),
        (4, "Årsmöte", f"{SITE}/nyheter/arsmote/"),
    ]


@pytest.mark.parametrize("address", ["/", "/kontakt/"])
def test_the_branch_says_where_it_is_reached(client, content, address):
    SocialLink.objects.create(name="Testnätet", url="https://example.org/oss")
    organization = head(client, address).node("Organization")
    assert organization["address"] == [
        {
            "@type": "PostalAddress",
            "name": "Testföreningen",
            "streetAddress": "Testgatan 1",
            "postalCode": "123 45",
            "addressLocality": "Teststad",
            "addressCountry": "SE",
        }
    ]
    assert organization["sameAs"] == ["https://example.org/oss"]
    assert "contactPoint" not in organization  # no number is shown
    content["branch"].phone = "+468123456"
    content["branch"].save()
    assert head(client, address).node("Organization")["contactPoint"]["telephone"] == "+468123456"


def test_whatever_is_written_the_json_is_json_and_holds_no_address(client, content):
    Post.objects.update(title=HOSTILE[:150], lead=HOSTILE, byline=HOSTILE[:100])
    Category.objects.update(name=HOSTILE[:50])
    Page.objects.update(title=HOSTILE[:100], body=f"<p>{HOSTILE}</p>")
    content["branch"].description = content["branch"].region = HOSTILE[:100]
    content["branch"].save()
    for address in indexable(content):
        page = client.get(address)
        assert "<script>alert" not in page.text
        assert "anna@" not in page.text
        found = Head(page.text)
        assert "skyddad e-postadress" in json.dumps(found.json_ld) or address in ("/nyheter/",), address
        assert "</script><script>alert(1)" in json.dumps(found.json_ld), address


def test_json_ld_holds_no_address_even_before_the_protection_reads_it():
    text = json_ld(
        [json_text({"@type": "Thing", "name": "Skriv till anna@example.org", "url": ["anna@example.org"]})]
    )
    assert json.loads(text)["@graph"] == [
        {"@type": "Thing", "name": "Skriv till skyddad e-postadress", "url": ["skyddad e-postadress"]}
    ]


def test_the_words_of_json_ld_alone_do_not_make_the_protection_read_a_page(client, content, monkeypatch):
    monkeypatch.setattr("common.email_protection.obfuscate.HtmlObfuscator", lambda html: 1 / 0)
    for address in indexable(content):
        assert '"@type"' in client.get(address).text


# --- Feeds ---


def feed(client, address="/nyheter/rss/"):
    response = client.get(address)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/rss+xml; charset=utf-8"
    return ElementTree.fromstring(response.content).find("channel")  # noqa: S314  of our own


def test_a_feed_holds_the_whole_text_with_links_that_work_anywhere(client, branch, make_post):
    make_post(
        title="Årsmöte & fest", lead="Välkommen <alla>.", byline="Test Testsson",
        body='<h2>Tid</h2><p>Se <a href="/kontakt/?a=1&amp;b=2">kontakt</a>, <a href="https://example.org/">där</a>.</p>',
        category=Category.objects.create(name="Möten"), published_at="2019-04-21T16:30:00Z",
    )  # fmt: skip
    channel = feed(client)
    [item] = channel.findall("item")
    assert channel.findtext("link") == f"{SITE}/nyheter/"
    assert channel.findtext("language") == "sv"
    assert item.findtext("title") == "Årsmöte & fest"
    assert item.findtext("link") == f"{SITE}/nyheter/arsmote-fest/"
    assert item.findtext("guid").startswith("urn:uuid:")
    assert item.findtext("description") == "Välkommen &lt;alla&gt;."
    assert item.findtext("category") == "Möten"
    assert parsedate_to_datetime(item.findtext("pubDate")) == datetime(2019, 4, 21, 16, 30, tzinfo=UTC)
    assert item.findtext(CONTENT).replace("\n", "") == (
        '<p dir="auto"><strong>Välkommen &lt;alla&gt;.</strong></p><h2 dir="auto">Tid</h2>'
        f'<p dir="auto">Se <a href="{SITE}/kontakt/?a=1&amp;b=2">kontakt</a>, <a href="https://example.org/">där</a>.</p>'
    )


def test_a_category_has_a_feed_of_its_own_that_its_page_names(client, content, make_post):
    make_post(title="Annat")
    address = f"{content['category'].get_absolute_url()}rss/"
    assert [item.findtext("title") for item in feed(client, address).findall("item")] == ["Årsmöte i mars"]
    assert head(client, content["category"].get_absolute_url()).links["alternate"] == [
        "/nyheter/rss/",
        address,
    ]
    assert client.get("/nyheter/kategori/finns-inte/rss/").status_code == 404


def test_a_feed_shows_the_picture_and_survives_its_loss(client, branch, make_post, picture_file):
    post = make_post(image_alt="En gård")
    post.image.save("x.jpg", picture_file())
    enclosure = feed(client).find("item/enclosure").attrib
    assert enclosure == {"url": SITE + post.image.url, "length": str(post.image.size), "type": "image/jpeg"}
    post.image.storage.delete(post.image.name)
    assert feed(client).find("item/enclosure") is None


def test_a_feed_is_well_formed_and_holds_no_address_whatever_is_written(client, content):
    Post.objects.update(
        title=HOSTILE[:150], lead=HOSTILE, byline=HOSTILE[:100],
        body=f'<p><a href="mailto:anna@example.org">Skriv</a> {HOSTILE}</p>]]>',
    )  # fmt: skip
    Category.objects.update(name=HOSTILE[:50])
    for address in ("/nyheter/rss/", f"{content['category'].get_absolute_url()}rss/"):
        item = feed(client, address).find("item")
        text = "".join(item.itertext())
        assert "skyddad e-postadress" in text
        assert "anna@" not in text
        assert "mailto:" not in text
        assert "Skriv (skyddad e-postadress)" in item.findtext(CONTENT)
        assert "<script" not in item.findtext(CONTENT)


# --- Sitemap and the small files ---


def test_the_sitemap_names_every_indexable_page_with_its_last_change(client, content, make_post):
    expired = make_post(
        title="Gammal", published_at=timezone.now() - 3 * DAY, expires_at=timezone.now() - DAY
    )
    response = client.get("/sitemap.xml")
    assert response.headers["Content-Type"] == "application/xml"
    root = ElementTree.fromstring(response.content)  # noqa: S314  of our own
    found = {
        url.findtext(f"{SITEMAP}loc").removeprefix(SITE): url.findtext(f"{SITEMAP}lastmod")
        for url in root.findall(f"{SITEMAP}url")
    }
    file = content["document"].file_url
    assert set(found) == {*indexable(content), expired.get_absolute_url(), file}
    today = str(timezone.localdate())
    assert found.pop("/kontakt/") is None
    assert found.pop("/dokument/") is None
    assert found.pop("/kalender/") is None
    assert found.pop("/omraden/") is found.pop(content["area"].get_absolute_url()) is None
    assert set(found.values()) == {today}
    for address in found:
        response = client.get(address)
        assert response.status_code == 200
        assert b"".join(response)


def test_a_sitemap_of_more_pages_than_one_file_may_have_is_a_list_of_files(client, content, monkeypatch):
    whole = ElementTree.fromstring(client.get("/sitemap.xml").content)  # noqa: S314  of our own
    monkeypatch.setattr(PublicPages, "limit", 5)
    files = ElementTree.fromstring(client.get("/sitemap.xml").content)  # noqa: S314  of our own
    assert files.tag == f"{SITEMAP}sitemapindex"
    addresses = [one.findtext(f"{SITEMAP}loc") for one in files]
    assert addresses[:2] == [f"{SITE}/sitemap.xml?p=1", f"{SITE}/sitemap.xml?p=2"]
    found = []
    for address in addresses:
        part = ElementTree.fromstring(client.get(address.removeprefix(SITE)).content)  # noqa: S314  of our own
        assert len(part) <= 5
        found += [url.findtext(f"{SITEMAP}loc") for url in part]
    assert found == [url.findtext(f"{SITEMAP}loc") for url in whole]
    assert client.get(f"/sitemap.xml?p={len(addresses) + 1}").status_code == 404
    assert query_parameters_of("/sitemap.xml") == ("p",)


def test_a_part_of_the_sitemap_that_is_none_costs_no_more_than_any_page_that_is_none(
    worker, content, settings, django_assert_max_num_queries
):
    settings.SITE_URL = "http://testserver"
    assert worker.ask("/sitemap.xml?p=1").status == worker.ask("/sitemap.xml?p=").status == 200
    worker.ask("/finns-inte/")  # what all pages have is made now
    with CaptureQueriesContext(connection) as any_page:
        worker.ask("/finns-inte-heller/")
    for part in ("2", "0", "-1", "x", "01", "%2B1", "%201", "1_0", "%D9%A1"):
        with django_assert_max_num_queries(len(any_page)):
            assert worker.ask(f"/sitemap.xml?p={part}").status == 404


def test_the_sitemap_and_the_feeds_take_few_queries_however_many_posts(
    client, content, make_post, django_assert_num_queries
):
    expected = {"/sitemap.xml": 5, "/nyheter/rss/": 2, f"{content['category'].get_absolute_url()}rss/": 3}
    for _ in range(2):
        for address, number in expected.items():
            with django_assert_num_queries(number):
                client.get(address)
        for number in range(30):
            make_post(title=f"Nyhet {number}", category=content["category"])


def test_robots_are_told_what_not_to_ask_for_and_where_the_sitemap_is(client):
    response = client.get("/robots.txt")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.text.splitlines() == [
        "User-agent: *",
        "Disallow: /admin/",
        "Disallow: /kontakt/e-post/",
        "Disallow: /kontakt/visitkort/",
        f"Sitemap: {SITE}/sitemap.xml",
    ]


def test_security_txt_says_whom_to_tell_and_is_never_out_of_date(client):
    response = client.get("/.well-known/security.txt")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in response.text.splitlines())
    assert fields["Contact"] == f"{SITE}/kontakt/"
    assert fields["Canonical"] == f"{SITE}/.well-known/security.txt"
    assert fields["Preferred-Languages"] == "sv, en"
    left = datetime.fromisoformat(fields["Expires"]) - timezone.now()
    assert DAY * 30 < left < DAY * 365


def test_a_phone_finds_an_icon_and_a_name_for_its_home_screen(client, branch):
    response = client.get(head(client, "/").links["manifest"][0])
    assert response.headers["Content-Type"] == "application/manifest+json"
    manifest = response.json()
    assert (manifest["name"], manifest["short_name"]) == ("Hyresgästföreningen Sollentuna", "Sollentuna")
    assert {icon["sizes"] for icon in manifest["icons"]} == {"192x192", "512x512"}
    assert client.get("/favicon.ico").headers["Location"] == "/static/hgf_site/icon-192.png"


# --- The whole site ---


def test_every_internal_link_of_every_public_page_answers(client, content, make_post, picture_file):
    content["post"].image_alt = "En gård"
    content["post"].image.save("x.jpg", picture_file(size=(900, 600)))
    for number in range(12):
        make_post(title=f"Nyhet {number}", published_at=timezone.now() - DAY * number * 40)
    waiting, seen = [*public_paths(), "/finns-inte/", "/sok/?q=nyhet"], set()
    while waiting:
        address = waiting.pop()
        if address in seen or address.startswith("/static/"):
            continue
        seen.add(address)
        response = client.get(address)
        b"".join(response)  # or the file of a picture stays open
        assert response.status_code == (404 if address == "/finns-inte/" else 200), address
        if response.headers["Content-Type"].startswith("text/html"):
            found = [
                urljoin(address, link.partition("#")[0] or address) for link in Head(response.text).addresses
            ]
            waiting += [link.removeprefix(SITE) for link in found if link.removeprefix(SITE).startswith("/")]
    assert {"/nyheter/?sida=2", "/sok/?q=nyhet&sida=2", "/nyheter/rss/", "/manifest.webmanifest"} <= seen

"""The first content of a new site: the old site's page, fact for fact."""

import re

import pytest
from django.core.management import CommandError, call_command

from contacts.models import PEOPLE_MONTHS, Person, Role
from hgf_site.accounts.security_log import RETENTION_DAYS
from news.models import Category, Page, Post

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

FACTS = {
    "/": [
        "Allmännyttan kan vara nyttig på flera vis!",
        "Bland annat när det gäller integration – läs om allmännyttans innovationslabb i Boden, "
        "Göteborg, Norrköping och Södertälje.",
        "SH flagga april 2019",
        "Ordförande",
        "Thomas Axelsson",
        "070-653 56 86",
        "Folkrörelsestrateg &amp; Processledare",
        "Johan Flyckt",
        "Hyresgästföreningen Reg. STHLM",
        "010-459 19 49",
        "Postadress",
        "Hyresgästföreningen Reg. STHLM<br>Hyresgästföreningen Sollentuna<br>"
        "Box 10117<br>121 28 Stockholm-Globen",
    ],
    "/nyheter/allmannyttan-kan-vara-nyttig-pa-flera-vis/": [
        "<h1>Allmännyttan kan vara nyttig på flera vis!</h1>",
        "Fyra innovationslabb, eller experimentverkstäder, skapades 2018-2019 inom de allmännyttiga "
        "bostadsbolagen i Boden, i Rannebergen i Göteborg, i Portalen i Norrköping samt i Lina Hage "
        "i Södertälje.",
        "<h2>Resultat</h2>",
        "<li>Nio att tio nya bodensare som följts i projektet har fått ett arbete eller börjat studera.</li>",
        "har ökat med 80 procent, och därtill har deras skolmotivation ökat avsevärt.</li>",
        "<h2>Fem rekommendationer från allmännyttans innovationslabb</h2>",
        "<li>Arbeta långsiktigt.</li>",
        'Läs mer om projektet via denna länk: <a href="https://www.sverigesallmannytta.se/integration/'
        'allmannyttans-innovationslabb/">https://www.sverigesallmannytta.se/integration/'
        "allmannyttans-innovationslabb/</a></p>",
        "SH flagga april 2019",
        "Tecknad ersättning",
        "Thomas Axelsson",
    ],
    "/kontakt/": ["Thomas Axelsson", "070-653 56 86", "Johan Flyckt", "010-459 19 49", "Box 10117"],
    "/nyheter/": ["Allmännyttan kan vara nyttig på flera vis!"],
}


def test_every_fact_of_the_old_page_is_on_the_new_ones(client):
    call_command("load_starter_content", stdout=None, verbosity=0)
    for address, facts in FACTS.items():
        html = client.get(address).text.replace("\xa0", " ").replace(' dir="auto"', "")
        for fact in facts:
            assert fact in html, (address, fact)
        assert "example.org" not in html
        assert "·        " not in html
        assert not client.get(address).cookies


@pytest.mark.parametrize(
    "make_something",
    [lambda: Role.objects.create(name="Kassör"), lambda: Category.objects.create(name="Hyror")],
    ids=["contacts", "news"],
)
def test_it_is_never_loaded_over_anything(make_something):
    make_something()
    with pytest.raises(CommandError, match="has content already"):
        call_command("load_starter_content")
    assert not Person.objects.exists()
    assert not Post.objects.exists()


def test_the_pages_that_every_site_needs_stand_in_the_menu_or_at_the_foot(client):
    call_command("load_starter_content", stdout=None, verbosity=0)
    menu, _, rest = client.get("/").text.partition("</header>")
    foot = rest.partition("<footer")[2]
    assert '<a href="/om-oss/">Om oss</a>' in menu
    assert [client.get(address).text.count(">Bli medlem</a>") for address in ("/", "/kontakt/")] == [1, 1]
    for path, title in (
        ("/integritet/", "Integritet"),
        ("/tillganglighet/", "Tillgänglighet"),
    ):
        assert f'<a href="{path}">{title}</a>' in foot
    for page in Page.objects.all():
        html = client.get(page.get_absolute_url()).text
        for link in re.findall(r'<a href="(/[^"]*)"', html):
            assert client.get(link).status_code == 200, (page, link)


def test_the_privacy_page_tells_the_times_that_the_software_keeps():
    call_command("load_starter_content", stdout=None, verbosity=0)
    text = Page.objects.get(slug="integritet").body
    assert PEOPLE_MONTHS == 12
    assert "sparas i högst tolv månader" in text
    assert f"sparas i {RETENTION_DAYS} dagar, med IP-adress" in text
    assert "Den sparas en timme" in text

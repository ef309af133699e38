"""How Swedish is set: where a line never breaks, and what is left as it was written."""

import pytest

from common.swedish import no_break_spaces
from news.filters import rich_text

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("121 28 Stockholm-Globen", "121_28 Stockholm-Globen"),
        ("ring 070-653 56 86 i dag", "ring 070-653_56_86 i dag"),
        ("den 21 april kl. 18.30", "den 21_april kl._18.30"),
        ("10 450 kr, 5,9 procent, 78 kvm", "10_450_kr, 5,9_procent, 78_kvm"),
        ("§ 12 och nr 5", "§_12 och nr_5"),
        ("integration – läs om den", "integration_– läs om den"),
        ("två rum och kök 2019 blev vi fler", "två rum och kök 2019 blev vi fler"),
        ("12 marsvin", "12 marsvin"),
        ("han sa ”kom hit” och ’nej’", "han sa ”kom hit” och ’nej’"),
        ('<a href="/sok/?q=kl. 18 121 28">kl. 18</a>', '<a href="/sok/?q=kl. 18 121 28">kl._18</a>'),
    ],
)
def test_a_line_never_breaks_inside_a_number_a_date_or_a_time(text, expected):
    assert no_break_spaces(text).replace("\xa0", "_") == expected


def test_the_text_of_a_post_is_set_that_way_and_stays_clean():
    html = rich_text("<p>Möte 21 april<script>1</script> &lt;b&gt; &amp; kl. 18.30</p>")
    assert html == '<p dir="auto">Möte 21\xa0april &lt;b&gt; &amp; kl.\xa018.30</p>'


@pytest.mark.django_db
def test_a_title_is_set_that_way_and_is_still_text(client, branch, make_post):
    post = make_post(title="<b>Möte</b> 21 april")
    html = client.get(post.get_absolute_url()).text
    assert ">&lt;b&gt;Möte&lt;/b&gt; 21\xa0april</h1>" in html


@pytest.mark.django_db
def test_the_postal_code_is_never_parted(client, content):
    assert "123\xa045 Teststad" in client.get("/").text

"""Documents: from the admin's form to the reader, and what a robot gets of them."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from documents.models import Document
from tests.helpers.admin_forms import filled, url_of
from tests.helpers.pdfs import make_pdf, upload

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
ADDRESS = "hemlig.person@example.org"


def save_form(client, row=None, content=None, button="_publish", **changes):
    url, values = filled(Document, client, row, **changes)
    data = {name: value[0] for name, value in values.items() if value} | {button: "1"}
    if content is not None:
        data["file"] = upload(content)
    return client.post(url, data, follow=True)


def test_a_document_is_published_from_its_form_and_read_by_residents(as_superuser, client, branch):
    save_form(as_superuser, content=make_pdf("Stadgar", "Sida två"), title=["Våra stadgar"], kind=["stadgar"])
    document = Document.objects.get()
    client.logout()
    page = client.get("/dokument/").text
    assert "Våra stadgar" in page
    assert "2\xa0sidor" in page
    assert document.file_url in client.get(document.get_absolute_url()).text
    answer = client.get(document.file_url)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.getvalue().startswith(b"%PDF-")
    assert "filename*=utf-8''V%C3%A5ra%20stadgar.pdf" in answer.headers["Content-Disposition"]
    assert "Content-Security-Policy" not in answer.headers  # or browsers show nothing
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_what_is_wrong_with_a_file_stands_at_its_field_and_the_title_is_kept(as_superuser):
    response = save_form(as_superuser, content=b"PK word", title=["Kallelse"])
    assert not Document.objects.exists()
    assert "Det här är ingen PDF" in response.text
    assert 'value="Kallelse"' in response.text


def test_a_document_without_a_file_is_saved_as_a_draft(as_superuser):
    response = save_form(as_superuser, title=["Kallelse"])
    assert "ett dokument utan fil kan inte publiceras" in response.text
    assert Document.objects.get().published_at is None


@pytest.mark.parametrize("published_at", [None, timezone.now() + timedelta(days=1)])
def test_a_draft_and_its_file_are_found_nowhere(client, make_document, published_at):
    document = make_document("Hej", published_at=published_at)
    for address in (document.get_absolute_url(), document.file_url, f"/media/{document.file.name}"):
        for method in (client.get, client.post, client.head):
            assert method(address).status_code in (404, 405)
    assert "stadgar/" not in client.get("/dokument/").text + client.get("/sitemap.xml").text


def test_a_new_version_of_the_file_has_the_same_address(as_superuser, make_document):
    document = make_document("Första")
    before = as_superuser.get(document.file_url)
    old = before.getvalue()
    save_form(as_superuser, document, content=make_pdf("Andra", "Tredje"), button="_save")
    after = as_superuser.get(document.file_url)
    assert old != after.getvalue()
    assert before.headers["ETag"] != after.headers["ETag"]
    assert "2\xa0sidor" in as_superuser.get(document.get_absolute_url()).text


def test_a_file_that_has_not_changed_is_not_sent_again_and_parts_of_it_are(client, make_document):
    document = make_document("Hej")
    whole = client.get(document.file_url)
    content = whole.getvalue()
    assert client.get(document.file_url, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304
    for asked, part in [("0-9", content[:10]), ("10-", content[10:]), ("-7", content[-7:])]:
        answer = client.get(document.file_url, headers={"Range": f"bytes={asked}"})
        assert (answer.status_code, answer.content) == (206, part)
    assert client.get(document.file_url, headers={"Range": "bytes=9999999-"}).status_code == 416
    for odd in [
        "9" * 5000 + "-",
        "-" + "9" * 5000,
        "0-" + "9" * 5000,
        "-",
        "5",
        "0-1,4-5",
        "²-",
        "9-2-1",
        "",
    ]:
        answer = client.get(document.file_url, headers={"Range": f"bytes={odd}".encode().decode("latin-1")})
        assert (answer.status_code, answer.getvalue()) == (200, content)


# --- E-mail addresses in files ---


def test_a_file_with_an_address_is_given_only_to_who_asks_by_a_button(client, make_document):
    document = make_document("Hej", f"Skriv till {ADDRESS}")
    assert document.pages_with_addresses == [2]
    assert client.get(document.file_url).url == document.get_absolute_url()
    page = client.get(document.get_absolute_url()).text
    assert f'formaction="{document.file_url}"' in page
    answer = client.post(document.file_url)
    assert answer.getvalue().startswith(b"%PDF-")
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get(f"/media/{document.file.name}").status_code == 404


HEADERS = [
    {"Range": "bytes=0-"}, {"Range": "bytes=-99"}, {"If_None_Match": "*"}, {"If_Match": "*"},
    {"If_Modified_Since": "Thu, 01 Jan 1970 00:00:00 GMT"}, {"If_Range": '"x"', "Range": "bytes=0-9"},
    {"Accept": "application/pdf"}, {"Accept_Encoding": "identity"}, {"X_HTTP_Method_Override": "POST"},
    {"X_HTTP_Method": "POST"}, {"X_Method_Override": "POST"}, {"Cookie": "sessionid=x"}, {"X_Sendfile": "1"},
    {"X_Forwarded_Proto": "https"}, {"Referer": "http://testserver/admin/"}, {"User_Agent": "Googlebot"},
]  # fmt: skip
PATHS = """
    {file}?_method=POST {file}?download=1 {file}/ {file}. {file};x=1 {file}%00 {file}%20 /dokument/stadgar.PDF
    /DOKUMENT/stadgar.pdf /dokument//stadgar.pdf //dokument/stadgar.pdf /dokument/./stadgar.pdf
    /dokument/x/../stadgar.pdf /dokument/stadgar%2epdf /dokument/%73tadgar.pdf /dokument%2fstadgar.pdf
    /media/{name} /media//{name} /media/x/../{name} /static/../media/{name} /dokument/stadgar/ /dokument/
    /dokument/stadgar/?format=pdf /sitemap.xml /nyheter/rss/ /nyheter/kallelse/ /sok/?q=stadgar /sok/?q=skriv
    /robots.txt
"""


def test_no_way_of_asking_but_a_button_gives_such_a_file(worker, make_post, make_document):
    document = make_document("Hej", f"Skriv till {ADDRESS}")
    make_post(title="Kallelse").attachments.create(document=document)
    file, name = document.file_url, document.file.name
    asked = [(method, file, {}) for method in ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "PROPFIND", "TRACE")]
    asked += [("GET", file, headers) for headers in HEADERS]
    asked += [
        ("GET", "/", {header: file}) for header in ("X_Original_URL", "X_Rewrite_URL", "X_Accel_Redirect")
    ]
    asked += [("GET", path.format(file=file, name=name), {}) for path in PATHS.split()]
    assert len(asked) > 38
    for method, path, headers in asked:
        answer = worker.ask(path, method, **headers)
        assert answer.status < 500, (method, path, headers)
        assert answer.headers.get("Content-Type") != "application/pdf", (method, path, headers)
        assert not [word for word in (b"%PDF", b"hemlig", b"Skriv till") if word in answer.body], (
            path,
            headers,
        )
    assert worker.ask(file, "POST").body.startswith(b"%PDF-")


def test_asking_for_such_files_is_counted_as_asking_for_addresses(client, make_document, settings):
    settings.EMAIL_LIMITS = {"client": {"minute": 1, "hour": 9}, "site": {"minute": 9, "hour": 9}}
    document = make_document(f"Skriv till {ADDRESS}")
    assert client.post(document.file_url).getvalue()
    assert client.post(document.file_url).status_code == 429


def test_the_editor_is_told_on_which_page_an_address_stands(as_superuser, branch):
    content = make_pdf("Hej", f"Skriv till {ADDRESS}")
    assert "e-postadresser (sida 2)" in save_form(as_superuser, content=content, title=["Kallelse"]).text


def test_documents_are_deleted_and_brought_back_with_their_file(as_superuser, make_document):
    document = make_document("Hej")
    as_superuser.post(url_of(Document, "delete", document.pk), {"post": "yes"})
    assert as_superuser.get(document.file_url).status_code == 404
    bin_page = as_superuser.get("/admin/papperskorg/").text
    assert "Stadgar" in bin_page


def test_a_document_is_found_by_the_words_in_it_with_its_page(client, make_document):
    make_document("Inledning", "Motion om Övernattningslägenheten")
    page = client.get("/sok/", {"q": "övernattningslägenheten"}).text
    assert "Stadgar" in page
    assert "sida 2" in page
    assert "Dokument</h2>" not in client.get("/sok/", {"q": "balkong"}).text


def test_search_sitemap_and_search_engines_know_only_files_that_need_no_button(
    client, make_document, settings
):
    document, page_of = make_document("Motion om hissen"), Document.get_absolute_url
    secret = make_document("Motion om hissen", f"Skriv till {ADDRESS}", title="Protokoll", kind="protokoll")
    for words, found in [("hissen", [document]), ("hemlig.person", []), ("protokoll", [secret])]:
        results = client.get("/sok/", {"q": words}).text
        assert [one for one in (document, secret) if f'"{page_of(one)}"' in results] == found
    sitemap = client.get("/sitemap.xml").text
    assert document.file_url in sitemap
    assert page_of(secret) in sitemap
    assert secret.file_url not in sitemap
    shown, hidden = (client.get(page_of(one)).text for one in (document, secret))
    assert f'"contentUrl":"{settings.SITE_URL}{document.file_url}"' in shown
    assert '"@type":"DigitalDocument"' in hidden
    assert "contentUrl" not in hidden
    assert "Protokoll · " in hidden


@pytest.mark.parametrize("state", ["draft", "later", "trash"])
def test_a_hidden_file_is_404_in_every_form_of_asking(as_superuser, make_document, state):
    document, client = make_document("Hej"), Client()
    shown = client.get(document.file_url)
    assert shown.getvalue()
    etag, name = shown.headers["ETag"], document.file.name
    if state == "trash":
        as_superuser.post(url_of(Document, "delete", document.pk), {"post": "yes"})
    else:
        when = None if state == "draft" else timezone.now() + timedelta(days=1)
        Document.objects.update(published_at=when)
    asked = [{}, {"Range": "bytes=0-9"}, {"If-None-Match": etag}, {"If-None-Match": "*"}, {"If-Range": etag}]
    for headers in asked:
        for address in (document.file_url, f"{document.file_url}?v=1", document.get_absolute_url()):
            for method in (client.get, client.head, client.post):
                assert method(address, headers=headers).status_code in (404, 405)
        for address in (f"/media/{name}", f"/media//{name}", f"/media/./{name}", f"/media/{name}/"):
            assert client.get(address, headers=headers).status_code == 404


def test_the_leak_scan_reads_documents(settings, make_document, capsys, tmp_path):
    settings.DATA_DIR = tmp_path  # where the command notes what it found
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    document = make_document("Hej", f"Skriv till {ADDRESS}")
    Document.objects.filter(pk=document.pk).update(pages_with_addresses=[])  # as if nobody had looked
    with pytest.raises(SystemExit):
        call_command("check_leaks")
    assert f"{document.file_url}: {ADDRESS} in the PDF" in capsys.readouterr().out

"""Checks that no address harvester gets an e-mail address from the site as it is now."""

import re
from io import BytesIO
from urllib.parse import urljoin, urlsplit

import pikepdf
import pypdf
from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import models
from django.test import Client
from django.urls import reverse

from common.email_protection.harvester import HARVESTED_ADDRESS, scan_for_leaks, scan_picture
from hgf_site.operations.last_runs import save_run
from hgf_site.pages.public_urls import public_paths

LINK = re.compile(r"""\b(?:href|src|action|formaction)=["']([^"']+)|([^\s,"']+) \d+w""")


class Command(BaseCommand):
    help = (
        "Reads every public page as address harvesters do, and looks for each address in the database and "
        "for anything that looks like one. Exit status 1 when it finds any."
    )

    def handle(self, **options):
        known = stored_addresses()
        leaks = 0
        paths = 0
        for path, part, text in answers():
            paths += part in ("body", "file", "PDF")
            for leak in scan_for_leaks(text, known) if part != "file" else scan_picture(text, known):
                leaks += 1
                self.stdout.write(
                    f"{path}: {leak.address} in the {part}, by {leak.technique}: {leak.context}"
                )
        self.stdout.write(f"{leaks} leaks on {paths} pages; {len(known)} addresses in the database.")
        save_run("leaks", leaks=leaks)
        if leaks:
            raise SystemExit(1)


def stored_addresses():
    """Return every address in the texts of the database, lower-case: contacts, news and users."""
    found = set()
    for label in ("contacts", "documents", "news", "mailing", "moving", "auth"):
        for model in apps.get_app_config(label).get_models():
            for field in model._meta.concrete_fields:
                if isinstance(field, models.CharField | models.TextField):
                    for text in model.objects.filter(**{f"{field.name}__contains": "@"}).values_list(
                        field.name
                    ):
                        found |= {
                            address.lower() for address in HARVESTED_ADDRESS.findall(str(text[0]).lower())
                        }
    return found


def everything_in(content):
    """Return what a PDF holds, packed or not, and what a program reads on its pages, as one text."""
    with pikepdf.open(BytesIO(content)) as pdf:
        parts = [each.unparse(resolved=True) for each in pdf.objects]
        parts += [each.read_bytes() for each in pdf.objects if isinstance(each, pikepdf.Stream)]
    read = [page.extract_text() for page in pypdf.PdfReader(BytesIO(content)).pages]
    return "\n".join([b"\n".join([content, *parts]).decode("latin-1"), *read])


def answers():
    """Yield (path, part, text) of every public page and all it leads to here.

    The part is "body", "file" (a picture, as Latin-1) or a header's name.
    """
    host = urlsplit(settings.SITE_URL)
    client = Client(
        SERVER_NAME=host.hostname, SERVER_PORT=str(host.port or ""), raise_request_exception=False
    )
    start = client.get(reverse("start"), secure=settings.HTTPS)
    if start.status_code != 200:
        raise CommandError(
            f"The start page answers {start.status_code} at {settings.SITE_URL}, so nothing was looked at: "
            "does manage.py check say why?"
        )
    paths = [*public_paths(), reverse("admin:index"), reverse("admin:login"), "/finns-inte@example.org/"]
    seen = set(paths)
    while paths:
        path = paths.pop(0)
        response = client.get(path, secure=settings.HTTPS)
        for name, value in response.items():
            yield path, name, value
        kind = response.headers.get("Content-Type", "")
        body = b"".join(response)
        if kind == "application/pdf":
            yield path, "PDF", everything_in(body)
            continue
        body = body.decode("latin-1" if kind.startswith("image/") else "utf-8", "replace")
        yield path, "file" if kind.startswith("image/") else "body", body
        if "html" not in kind:
            continue
        for link in (urljoin(path, first or second) for first, second in LINK.findall(body)):
            if link.startswith("/") and not link.startswith(("//", settings.STATIC_URL)) and link not in seen:
                seen.add(link)
                paths.append(link.partition("#")[0])

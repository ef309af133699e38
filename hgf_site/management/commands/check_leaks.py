"""Checks that no address harvester gets an e-mail address from the site as it is now."""

import json
import re
import time
from contextlib import suppress
from hashlib import sha256
from io import BytesIO
from urllib.parse import urldefrag, urljoin, urlsplit

import pikepdf
import pypdf
from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import models
from django.test import Client
from django.urls import reverse
from tqdm import tqdm

from common.email_protection.harvester import HARVESTED_ADDRESS, scan_for_leaks, scan_picture
from hgf_site.operations.last_runs import save_run
from hgf_site.pages.public_urls import public_paths

WEEK = 7 * 24 * 3600
LINK = re.compile(r"""\b(?:href|src|action|formaction)=["']([^"']+)|([^\s,"']+) \d+w""")


class Command(BaseCommand):
    help = (
        "Reads every public page as address harvesters do, and looks for each address in the database and "
        "for anything that looks like one. Exit status 1 when it finds any."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--changed",
            action="store_true",
            help="look only at answers that differ from those found clean before; at all of them once a week",
        )

    def handle(self, *, changed, **options):
        known = stored_addresses()
        stored = settings.DATA_DIR / "clean-answers.json"
        began, before = read_clean(stored) if changed else (time.time(), set())
        clean = set()
        leaks = paths = looked = 0
        for path, mark, parts in tqdm(answers(before), desc="Pages", unit="", leave=False, disable=None):
            paths += 1
            looked += mark not in before
            found = [] if mark in before else list(leaks_in(parts, known))
            for part, leak in found:
                self.stdout.write(
                    f"{path}: {leak.address} in the {part}, by {leak.technique}: {leak.context}"
                )
            leaks += len(found)
            if not found:
                clean.add(mark)
        stored.write_text(json.dumps([began, sorted(clean)]))
        self.stdout.write(
            f"{leaks} leaks on {paths} pages, {looked} of them looked at; "
            f"{len(known)} addresses in the database."
        )
        save_run("leaks", leaks=leaks)
        if leaks:
            raise SystemExit(1)


def read_clean(stored):
    """Return (when all answers were last looked at, the marks of those that were clean since)."""
    with suppress(OSError, ValueError):  # none yet, or it was cut off
        began, marks = json.loads(stored.read_text())
        if began > time.time() - WEEK:
            return began, set(marks)
    return time.time(), set()


def leaks_in(parts, known):
    for part, text in parts:
        for leak in scan_picture(text, known) if part == "file" else scan_for_leaks(text, known):
            yield part, leak


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


def mark_of(path, parts=()):
    return sha256(repr((path, parts)).encode()).hexdigest()[:24]


def answers(before):
    """Yield (path, mark, parts) of every public page and all it leads to here.

    Each of the parts has a name ("body", "file" for a picture, as Latin-1, "PDF", or a header's) and a text.
    The mark tells the answer from others; a file whose mark is in `before` is not read.
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
    for path in paths:  # which grows
        is_media = path.startswith(settings.MEDIA_URL)  # its name is never another file's
        if is_media and mark_of(path) in before:
            yield path, mark_of(path), []
            continue
        response = client.get(path, secure=settings.HTTPS)
        parts = list(response.items())
        kind = response.headers.get("Content-Type", "")
        body = b"".join(response)
        if kind == "application/pdf":
            parts.append(("PDF", everything_in(body)))
        elif kind.startswith("image/"):
            parts.append(("file", body.decode("latin-1")))
        else:
            parts.append(("body", body.decode("utf-8", "replace")))
        yield path, mark_of(path) if is_media else mark_of(path, parts), parts
        if "html" not in kind:
            continue
        for first, second in LINK.findall(parts[-1][1]):
            link = urldefrag(urljoin(path, first or second)).url  # or every page is read again at its #main
            if link.startswith("/") and not link.startswith(("//", settings.STATIC_URL)) and link not in seen:
                seen.add(link)
                paths.append(link)

"""Fills the Wagtail site: `python -m benchmarks.fill_wagtail COUNT`, run by Wagtail's own Python."""

import sys

import django

django.setup()

from django.core.management import call_command
from wagtail.models import Page, Site

from benchmarks.texts import PEOPLE, posts

call_command("migrate", verbosity=0)

from benchmarks.wagtail_site.models import ContactPage, NewsIndexPage, NewsPage, Person

if not NewsPage.objects.exists():
    for number, (name, role) in enumerate(PEOPLE):
        Person.objects.create(name=name, role=role, phone=f"070-123 45 6{number}", order=number)
    root = Page.objects.get(depth=1)
    index = root.add_child(instance=NewsIndexPage(title="Nyheter", slug="nyheter", show_in_menus=True))
    for number, (title, lead, body, time, _) in enumerate(posts(int(sys.argv[1]))):
        page = NewsPage(title=title, slug=f"nyhet-{number}", lead=lead, body=body, published_at=time)
        index.add_child(instance=page)
    index.add_child(instance=ContactPage(title="Kontakt", slug="kontakt", show_in_menus=True))
    Site.objects.all().delete()
    Site.objects.create(hostname="127.0.0.1", port=80, root_page=index, is_default_site=True)

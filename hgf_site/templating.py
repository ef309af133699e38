"""The language of the public pages: Jinja2, which makes a page several times faster than Django's own.

templates/pages/ is written in it. The admin, templates/admin/, keeps Django's.
"""

from contextlib import suppress
from functools import lru_cache, partial

from django.conf import settings
from django.template import engines
from django.template.defaulttags import querystring
from django.templatetags.static import static
from django.utils.http import quote
from django.utils.safestring import mark_safe
from jinja2 import Environment, FileSystemBytecodeCache, Undefined, pass_context
from pictures.templatetags import pictures

from contacts.per_version import once
from contacts.swedish import phone_text, without_bad_breaks
from hgf_site.head import facts
from news import filters
from news.models import path
from news.search import pages_with


def environment(**options):
    """Return the jinja2.Environment with what templates may call and filter with; for settings.TEMPLATES."""
    options |= {"undefined": Undefined, "bytecode_cache": Compiled(str(settings.COMPILED_TEMPLATES))}
    del options["autoescape"]  # always on, whatever the settings say
    made = Environment(autoescape=True, **options, trim_blocks=True, lstrip_blocks=True)
    made.globals |= {
        "url": path,
        "static": lru_cache(maxsize=64)(static),
        "picture": picture,
        "head": head,
        "kept": kept,
        "querystring": partial(querystring, None),  # of the QueryDict that it is given
    }
    made.filters |= {
        "dated": filters.dated,
        "day": filters.day,
        "excerpt": filters.excerpt,
        "holding": pages_with,
        "lines": filters.lines,
        "marked": filters.marked,
        "no_break": lru_cache(maxsize=1024)(without_bad_breaks),
        "phone_text": phone_text,
        "quoted": partial(quote, safe=""),
        "rich_text": filters.rich_text,
    }
    return made


class Compiled(FileSystemBytecodeCache):
    """Templates as they were compiled before, for a quick start; where there is no room they are not kept."""

    def dump_bytecode(self, bucket):
        with suppress(OSError):
            super().dump_bytecode(bucket)


def load_templates():
    """Read every template, once and for all: this process shows pages as they were when it began.

    What is not kept compiled yet, or has changed since, is compiled and kept where there is room.
    """
    environment = engines["jinja2"].env
    for name in environment.list_templates():
        environment.get_template(name)


@pass_context
def head(context, *args, **kwargs):
    """Return the part of <head> by which machines know the page; arguments as hgf_site.head.facts()."""
    return included(context, "includes/head.html", facts(context, *args, **kwargs))


@pass_context
def kept(context, name, key=""):
    """Include a template that shows the same on every page, but for `key`: rendered once a site version."""
    return once((name, str(key)), lambda: included(context, name, context.get_all()))


def picture(*args, **kwargs):
    """Return the <picture> of a file, as django-pictures' tag; its template is pictures/picture.html."""
    return mark_safe(pictures.picture(*args, **kwargs))  # noqa: S308  that template, escaped


def included(context, name, values):
    html = context.environment.get_template(name).render(values)
    return mark_safe(html)  # noqa: S308  the template has escaped what it was given

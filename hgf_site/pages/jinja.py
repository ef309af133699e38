"""The Jinja2 environment of templates/pages/, several times faster than Django's templates.

templates/admin/ is written in Django's language.
"""

from contextlib import suppress
from functools import lru_cache, partial
from urllib.parse import quote

from django.conf import settings
from django.template import engines
from django.template.defaulttags import querystring
from django.templatetags.static import static
from django.utils.safestring import mark_safe
from django.utils.text import capfirst
from jinja2 import Environment, FileSystemBytecodeCache, Undefined, pass_context
from pictures.templatetags import pictures

from common.page_cache import memo
from common.swedish import day_text, format_day, no_break_spaces, phone_text
from hgf_site.pages.meta_tags import page_metadata
from news import filters
from news.parts.pictures import with_pictures
from news.paths.slugs import cached_reverse


def environment(**options):
    """Return the jinja2.Environment with what templates may call and filter with; for settings.TEMPLATES."""
    options |= {"undefined": Undefined, "bytecode_cache": BytecodeCache(str(settings.COMPILED_TEMPLATES))}
    del options["autoescape"]  # always on, whatever the settings say
    made = Environment(autoescape=True, **options, trim_blocks=True, lstrip_blocks=True)
    made.globals |= {
        "url": cached_reverse,
        "static": lru_cache(maxsize=64)(static),
        "picture": picture,
        "meta_tags": meta_tags,
        "dir_auto": mark_safe(' dir="auto"'),  # where a text has no lang_attributes
        "cached_include": cached_include,
        "querystring": partial(querystring, None),  # of the QueryDict that it is given
    }
    made.filters |= {
        "format_day": format_day,
        "dated": filters.dated,
        "day_and_month": filters.day_and_month,
        "day_text": day_text,
        "excerpt": filters.excerpt,
        "lines": filters.lines,
        "marked": filters.marked,
        "no_break": lru_cache(maxsize=1024)(no_break_spaces),
        "phone_text": phone_text,
        "quoted": partial(quote, safe=""),
        "rich_text": filters.rich_text,
        "upper_first": capfirst,
        "with_pictures": with_pictures,
    }
    return made


class BytecodeCache(FileSystemBytecodeCache):
    """Compiled templates on the disk, for a quick start; a full disk is no error."""

    def dump_bytecode(self, bucket):
        with suppress(OSError):
            super().dump_bytecode(bucket)


def load_templates():
    """Load every template into memory: an update of the files changes no page of a running process."""
    environment = engines["jinja2"].env
    for name in environment.list_templates():
        environment.get_template(name)


@pass_context
def meta_tags(context, *args, **kwargs):
    """Return the meta tags, link relations and JSON-LD of the page; arguments as page_metadata()."""
    return render_include(context, "includes/meta_tags.html", page_metadata(context, *args, **kwargs))


@pass_context
def cached_include(context, name, key=""):
    """Include a template that differs between pages only by `key`: rendered once per content version."""
    return memo.get_or_set((name, str(key)), lambda: render_include(context, name, context.get_all()))


def picture(*args, **kwargs):
    """Return the <picture> of a file, as django-pictures' tag; its template is pictures/picture.html."""
    return mark_safe(pictures.picture(*args, **kwargs))  # noqa: S308  that template, escaped


def render_include(context, name, values):
    html = context.environment.get_template(name).render(values)
    return mark_safe(html)  # noqa: S308  the template has escaped what it was given

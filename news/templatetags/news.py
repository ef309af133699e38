from django import template
from django.utils.safestring import mark_safe

from contacts.swedish import without_bad_breaks
from news.html import clean_html

register = template.Library()


@register.filter
def rich_text(html):
    """Return stored HTML as safe HTML: cleaned once more, for what got past the save."""
    return mark_safe(without_bad_breaks(clean_html(html)))  # noqa: S308  the only place; clean_html guards

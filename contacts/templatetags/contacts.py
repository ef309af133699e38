from functools import lru_cache

from django import template
from django.template.defaultfilters import stringfilter

from contacts.swedish import without_bad_breaks

register = template.Library()


@register.filter
def phone_text(number):
    """Return a PhoneNumber as people write it: "070-653 56 86", "+47 22 12 34 56"."""
    return number.as_national if number.country_code == 46 else number.as_international


@register.filter(is_safe=True)
@stringfilter
@lru_cache(maxsize=1024)
def no_break(text):
    """Return a text with no-break spaces inside dates, times, numbers and the like."""
    return without_bad_breaks(text)

from django import template

register = template.Library()


@register.filter
def phone_text(number):
    """Return a PhoneNumber as people write it: "070-653 56 86", "+47 22 12 34 56"."""
    return number.as_national if number.country_code == 46 else number.as_international

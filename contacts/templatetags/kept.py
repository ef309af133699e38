from django import template

from contacts.per_version import once

register = template.Library()


@register.simple_tag(takes_context=True)
def kept(context, name, key=""):
    """Include a template that shows the same on every page, but for `key`: rendered once a site version."""
    return once((name, str(key)), lambda: context.template.engine.get_template(name).render(context))

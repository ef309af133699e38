"""What a browser sends of a form, and what was typed in it."""

from django.core.exceptions import ValidationError


def unwrapped(widget):
    return getattr(widget, "widget", widget)  # the admin wraps those that lead to another model


def data_of(form):
    """Return {name: [value, …]} of an unbound form, just as a browser would send it."""
    data = {}
    for bound in form:
        data |= data_of_field(bound)
    return data


def data_of_field(bound):
    widget = unwrapped(bound.field.widget)
    return data_of_widget(widget.get_context(bound.html_name, bound.value(), {})["widget"])


def data_of_widget(context):
    if "subwidgets" in context:
        parts = [data_of_widget(part) for part in context["subwidgets"]]
        return {name: values for part in parts for name, values in part.items()}
    kind, value = context.get("type"), context.get("value")
    if kind == "file":
        return {}
    if isinstance(value, list | tuple):
        return {context["name"]: [str(one) for one in value]}
    if kind == "checkbox":
        return {context["name"]: ["on"]} if context["attrs"].get("checked") else {}
    return {context["name"]: ["" if value is None else str(value)]}


def names_of_field(bound):
    """Return every name under which a field's data may be sent."""
    widget = unwrapped(bound.field.widget)
    parts = [f"{bound.html_name}{suffix}" for suffix in getattr(widget, "widgets_names", ())]
    return [bound.html_name, f"{bound.html_name}-clear", f"{bound.html_name}-sent", *parts]


def typed_value(bound):
    """Return what was typed in a field as its Python value, or just as it was typed where that fails."""
    try:
        return bound.field.clean(bound.data)
    except ValidationError:
        data = bound.data
        return " ".join(str(one) for one in data if one) if isinstance(data, list) else str(data or "")


def put(data, form, name, values):
    """Replace a field of `form` in a QueryDict by `values`: {name: [value, …]}."""
    for key in names_of_field(form[name]):
        data.pop(key, None)
    for key, value in values.items():
        data.setlist(key, value)


# --- Rows of a formset ---


def row_data(form, data):
    """Return {field: [value, …]} of one form of a formset, from data with its prefix."""
    start = f"{form.prefix}-"
    get = getattr(data, "getlist", data.get)
    return {name.removeprefix(start): get(name) for name in data if name.startswith(start)}


def put_rows(data, formset, rows):
    """Put rows (`key`, `data`) into a QueryDict in place of those of the formset: the stored ones first."""
    prefix = formset.prefix
    for name in [name for name in data if name.startswith(f"{prefix}-")]:
        if name.removeprefix(f"{prefix}-").split("-")[0].isdecimal():
            del data[name]
    rows = sorted(rows, key=lambda row: not row.key)
    for number, row in enumerate(rows):
        for name, values in row.data.items():
            data.setlist(f"{prefix}-{number}-{name}", values)
        data[f"{prefix}-{number}-{formset.model._meta.pk.name}"] = row.key
    data[f"{prefix}-TOTAL_FORMS"] = str(len(rows))
    data[f"{prefix}-INITIAL_FORMS"] = str(sum(bool(row.key) for row in rows))

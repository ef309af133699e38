"""A text as the beginning of a new one: what is written every year."""


def copy_as_draft(row, without=(), **given):
    """Save and return a draft with what a row and its children say; `given`: fields that get another value,
    `without`: names of children that stay behind.

    Times, addresses and whatever else an older version never puts back begin anew. A child whose
    copy says something else has `anew()`, which returns {field: value}.
    """
    new = copied(row, **given)
    new.save()
    for field in row._meta.many_to_many:
        getattr(new, field.name).set(getattr(row, field.name).all())
    for name in [one for one in type(row).revision_options.children if one not in without]:
        link = row._meta.get_field(name).field.name
        for child in getattr(row, name).all():
            copied(child, **{link: new}).save()
    return new


def copied(row, **given):
    options = type(row).revision_options
    many = [field.name for field in row._meta.many_to_many]
    names = {*options.fields} - {*options.never_restored, row._meta.pk.name, *many}
    anew = row.anew() if hasattr(row, "anew") else {}
    return type(row)(**{name: getattr(row, name) for name in names} | anew | given)

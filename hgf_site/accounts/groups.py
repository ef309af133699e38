"""The three groups that users are given, and exactly what each may do. Made at every migrate."""

from django.apps import apps as installed_apps
from django.contrib.auth.management import create_permissions
from django.db import DEFAULT_DB_ALIAS

ALL_ACTIONS = ("add", "change", "delete", "view")

PUBLISHED = ("news.post", "news.page", "documents.document")
NEWS = {
    "news.post": ALL_ACTIONS,
    "news.occurrence": ALL_ACTIONS,
    "news.picture": ALL_ACTIONS,
    "news.attachment": ALL_ACTIONS,
    "news.translation": ALL_ACTIONS,
    "news.category": ALL_ACTIONS,
    "news.page": ALL_ACTIONS,
    "documents.document": ALL_ACTIONS,
}
CONTACTS = {
    "contacts.role": ALL_ACTIONS,
    "contacts.person": ALL_ACTIONS,
    "contacts.assignment": ALL_ACTIONS,
    "contacts.postaladdress": ALL_ACTIONS,
    "contacts.sociallink": ALL_ACTIONS,
    "contacts.branch": ("add", "change", "view"),
}
ADMINISTRATORS = "Administratörer"  # who can let others in
GROUPS = {
    "Redaktörer": NEWS,
    "Kontaktansvariga": CONTACTS,
    ADMINISTRATORS: NEWS
    | CONTACTS
    | dict.fromkeys(PUBLISHED, (*ALL_ACTIONS, "confirm"))
    | {"contacts.person": (*ALL_ACTIONS, "erase"), "news.redirect": ALL_ACTIONS, "auth.user": ALL_ACTIONS}
    | {"contacts.area": ALL_ACTIONS, "publishing.proposal": ("change",)}
    | {"moving.imported": ("view", "change"), "mailing.subscriber": ("view", "delete")},
}
# What a group is for, in the words of the form that gives it to somebody.
PURPOSES = {
    "Redaktörer": "skriver nyheter och sidor",
    "Kontaktansvariga": "ändrar roller, personer och adresser",
    ADMINISTRATORS: "gör allt, och bestämmer vilka som får logga in",
}


def make_groups(using=DEFAULT_DB_ALIAS, apps=installed_apps, **kwargs):
    """Give each group its permissions and no other, for post_migrate; other groups are left alone.

    Writes nothing when nothing differs.
    """
    try:
        Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    except LookupError:  # migrated back to before they were
        return
    labels = {model.partition(".")[0] for models in GROUPS.values() for model in models}
    for label in sorted(labels):
        # Receivers are called in the order of INSTALLED_APPS, in which we are before those that make them.
        create_permissions(installed_apps.get_app_config(label), verbosity=0, using=using, apps=apps)
    found = Permission.objects.using(using).filter(content_type__app_label__in=labels)
    keys = {
        (label, codename): key
        for label, codename, key in found.values_list("content_type__app_label", "codename", "pk")
    }
    for name, models in GROUPS.items():
        group, _ = Group.objects.using(using).get_or_create(name=name)
        group.permissions.set(keys[permission] for permission in codenames(models) if permission in keys)


def codenames(models):
    """Yield (app label, codename) of every permission in a value of GROUPS."""
    for model, actions in models.items():
        label, _, name = model.partition(".")
        yield from ((label, f"{action}_{name}") for action in actions)

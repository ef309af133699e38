"""The roles that most Swedish associations have: how many hold them, and the offer to add them.

They are offered once, to whoever looks after the contacts.
"""

from django.db import transaction

from common.versions.registry import revision_block
from contacts.models import Branch, Role

STARTER_ROLES = {
    "Ordförande": Role.Group.BOARD,
    "Vice ordförande": Role.Group.BOARD,
    "Kassör": Role.Group.BOARD,
    "Sekreterare": Role.Group.BOARD,
    "Ledamot": Role.Group.BOARD,
    "Suppleant": Role.Group.BOARD,
    "Revisor": Role.Group.AUDITOR,
    "Valberedning": Role.Group.NOMINATION,
}

ONE_HOLDER = {"ordförande", "vice ordförande", "kassör", "sekreterare"}
MANY_HOLDERS = ("ledamot", "ledamöter", "suppleant", "ersättare", "revisor", "valberedning")


def is_for_one(role, holders):
    """Tell whether a second holder of a role, which so far has had this many, may be a mistake."""
    name = role.name.casefold()
    if name in ONE_HOLDER:
        return True
    several = role.group in (Role.Group.AUDITOR, Role.Group.NOMINATION)
    return holders == 1 and not several and not any(word in name for word in MANY_HOLDERS)


def starter_roles_on_offer():
    """Return the names of the usual roles that are missing; none once somebody has answered."""
    if Branch.get().starter_roles_answered:
        return []
    there = {name.casefold() for name in Role.objects.values_list("name", flat=True)}
    return [name for name in STARTER_ROLES if name.casefold() not in there]


@transaction.atomic
def answer_offer(add, user):
    """Add the missing roles, if that is the answer, after those there are; never ask again."""
    branch = Branch.get()
    if add:
        last = max(Role.objects.values_list("order", flat=True), default=0)
        with revision_block(user, "Lade till vanliga roller."):
            for place, name in enumerate(starter_roles_on_offer(), last + 1):
                Role.objects.create(name=name, group=STARTER_ROLES[name], order=place)
    branch.starter_roles_answered = True
    branch.save()

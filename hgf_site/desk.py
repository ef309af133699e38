"""The admin's start page, for the one who looks: what she may do something about, and nothing else."""

from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from contacts.handover_admin import may_hand_over
from contacts.models import Assignment, Role
from hgf_site.condition import BACKUP_AGE, last_backup
from news.models import Post
from news.visibility import sentence

LENGTH = 5  # newest public posts
UNPUBLISHED_LENGTH = 10  # drafts, and as many scheduled posts
ENDING_DAYS = 30


@dataclass
class Row:
    title: str
    url: str  # of its form
    about: str = ""
    public_url: str = ""


@dataclass
class Section:
    title: str
    rows: list[Row]
    empty: str
    more_url: str = ""  # of the list that has the rest


@dataclass
class Desk:
    write_url: str = ""  # of an empty post, for who may write one
    links: list[tuple[str, str]] = field(default_factory=list)  # (text, URL) of what else is often begun
    sections: list[Section] = field(default_factory=list)
    backup: str = ""  # how old the last one is, for administrators


def desk_for(user):
    """Return the user's Desk. Six queries at most, however much there is."""
    desk = Desk()
    if user.has_perm("news.add_post"):
        desk.write_url = reverse("admin:news_post_add")
    if user.has_perm("news.change_post"):
        desk.sections += [drafts(), scheduled(), public()]
    if may_hand_over(user):
        desk.links.append(("Ny styrelse", reverse("admin:contacts_role_new_board")))
        desk.links.append(("Gjorda byten", reverse("admin:contacts_role_handovers")))
    if user.has_perm("contacts.change_role"):
        if user.has_perm("contacts.change_assignment"):
            desk.sections += [ending(), upcoming()]
        desk.sections.append(vacant())
    if user.has_perm("auth.change_user"):
        desk.backup = backup()
    desk.sections = [section for section in desk.sections if section.rows or section.empty]
    return desk


def drafts():
    posts = Post.objects.drafts().order_by("-updated_at", "-id")
    return posts_section("Utkast", posts, "utkast", "Inga utkast.", about=changed)


def scheduled():
    posts = Post.objects.scheduled().order_by("published_at", "id")
    return posts_section("Publiceras senare", posts, "kommer", "", about=sentence)


def posts_section(title, posts, state, empty, about):
    found = list(posts.only("title", "published_at", "updated_at")[: UNPUBLISHED_LENGTH + 1])
    more = f"{reverse('admin:news_post_changelist')}?syns={state}" if found[UNPUBLISHED_LENGTH:] else ""
    rows = [Row(post.title, form_url(post), about(post)) for post in found[:UNPUBLISHED_LENGTH]]
    return Section(title, rows, empty, more)


def public():
    posts = Post.objects.current().with_visibility().newest_first()[:LENGTH]
    rows = [Row(post.title, form_url(post), sentence(post), post.get_absolute_url()) for post in posts]
    return Section("Syns nu", rows, "Ingen nyhet syns på webbplatsen.")


def ending():
    last = timezone.localdate() + timedelta(days=ENDING_DAYS)
    assignments = Assignment.objects.current().filter(ends_on__lte=last).order_by("ends_on", "role__order")
    rows = [assignment_row(one, f"Till och med {day(one.ends_on)}") for one in joined(assignments)]
    return Section("Uppdrag som snart slutar", rows, f"Inget uppdrag slutar inom {ENDING_DAYS} dagar.")


def upcoming():
    assignments = Assignment.objects.filter(starts_on__gt=timezone.localdate())
    assignments = assignments.order_by("starts_on", "role__order")
    rows = [assignment_row(one, f"Från och med {day(one.starts_on)}") for one in joined(assignments)]
    return Section("Kommande uppdrag", rows, "")


def vacant():
    held = Assignment.objects.current().filter(role=OuterRef("pk"))
    groups = list(Role.Group)  # in the order of the contact page
    roles = sorted(Role.objects.filter(~Exists(held)), key=lambda role: groups.index(role.group))
    rows = [Row(role.name, form_url(role)) for role in roles]
    return Section("Vakanta roller", rows, "Ingen roll är vakant.")


def backup():
    last = last_backup()
    if last is None:
        return "Ingen säkerhetskopia har gjorts än. Säg till den som sköter servern."
    local = timezone.localtime(last)
    text = f"Senaste säkerhetskopian: {day(local)} kl.\N{NO-BREAK SPACE}{date_format(local, 'H.i')}."
    if last < timezone.now() - BACKUP_AGE:
        text += " Det är mer än en vecka sedan. Säg till den som sköter servern."
    return text


def joined(assignments):
    return assignments.select_related("person", "role")


def assignment_row(assignment, about):
    return Row(str(assignment), form_url(assignment.role), about)


def changed(post):
    return f"Ändrades {day(timezone.localtime(post.updated_at))}"


def day(date):
    return date_format(date, "j F Y")


def form_url(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])

"""The admin's start page, with what the user may do something about, and nothing else."""

from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from common.publishing.models import Proposal
from common.publishing.visibility import visibility_sentence
from common.swedish import day_text
from common.versions.history import person
from contacts.handover.admin import may_hand_over
from contacts.models import Assignment, Role
from documents.models import Document
from hgf_site.operations.status import BACKUP_AGE, last_backup
from news.models import Occurrence, Post, Redirect
from news.paths.slugs import RESERVED_PAGE_SLUGS
from news.patterns import PATTERNS

PUBLIC_LENGTH = 5  # newest public posts
UNPUBLISHED_LENGTH = 10  # drafts, and as many scheduled posts
ENDING_DAYS = 30


@dataclass
class Entry:
    title: str
    url: str  # of its form
    about: str = ""
    public_url: str = ""


@dataclass
class Section:
    title: str
    rows: list[Entry]
    empty: str
    more_url: str = ""  # of the list that has the rest


@dataclass
class Dashboard:
    write_url: str = ""  # of an empty post, for who may write one
    links: list[tuple[str, str]] = field(default_factory=list)  # (text, URL) of what else is often begun
    sections: list[Section] = field(default_factory=list)
    has_letters: bool = False  # that the user may look into
    backup: str = ""  # how old the last one is, for administrators


def dashboard_for(user):
    """Return the user's Dashboard. Ten queries, and two where proposals wait, however much there is."""
    dashboard = Dashboard()
    if user.has_perm("news.add_post"):
        dashboard.write_url = reverse("admin:news_post_add")
        for key, pattern in PATTERNS.items():
            dashboard.links.append((pattern.button, f"{dashboard.write_url}?monster={key}"))
    if user.has_perm("news.change_post"):
        dashboard.sections += [next_meeting(), proposals(), drafts(), scheduled(), public()]
    if user.has_perm("documents.change_document"):
        dashboard.links.append(("Lägg upp ett dokument", reverse("admin:documents_document_add")))
        dashboard.sections.append(documents())
    if user.has_perm("news.change_redirect"):
        dashboard.sections.append(renamed_pages())
    if may_hand_over(user):
        dashboard.links.append(("Ny styrelse", reverse("admin:contacts_role_new_board")))
        dashboard.links.append(("Gjorda byten", reverse("admin:contacts_role_handovers")))
    if user.has_perm("contacts.change_role"):
        if user.has_perm("contacts.change_assignment"):
            dashboard.sections += terms()
        dashboard.sections.append(vacant())
    dashboard.has_letters = settings.SENDS_EMAIL and user.has_perm("mailing.delete_subscriber")
    if user.has_perm("auth.change_user"):
        dashboard.backup = backup_age()
    dashboard.sections = [section for section in dashboard.sections if section.rows or section.empty]
    return dashboard


def next_meeting():
    found = Occurrence.objects.upcoming().select_related("post")[:1]
    rows = [
        Entry(one.name, form_url(one.post), f"{one.when} {one.place}".strip(), one.post.get_absolute_url())
        for one in found
    ]
    return Section("Nästa möte", rows, "")


def renamed_pages():
    """Those whose address became the site's own with an update; told until their redirect is deleted."""
    taken = [f"/{slug}/" for slug in RESERVED_PAGE_SLUGS]
    about = "Adressen är webbplatsens egen nu. Ta bort omdirigeringen när du har läst det här."
    found = Redirect.objects.filter(old_path__in=taken)
    rows = [Entry(str(one), form_url(one), about, one.target) for one in found]
    return Section("Sidor som har fått en ny adress", rows, "")


def proposals():
    found = Proposal.objects.select_related("user").prefetch_related("row").order_by("saved_at")
    rows = [
        Entry(str(one.row), form_url(one.row), f"{person(one.user)}, {day_text(one.saved_at)}".strip(", "))
        for one in found
        if one.row  # else it is in the trash
    ]
    return Section("Förslag som väntar", rows, "")


def drafts():
    posts = Post.objects.drafts().order_by("-updated_at", "-id")
    return posts_section("Utkast", posts, "utkast", "Inga utkast.", about=changed_text)


def scheduled():
    posts = Post.objects.scheduled().order_by("published_at", "id")
    return posts_section("Publiceras senare", posts, "kommer", "", about=visibility_sentence)


def posts_section(title, posts, state, empty, about):
    found = list(posts.only("title", "published_at", "expires_at", "updated_at")[: UNPUBLISHED_LENGTH + 1])
    more = f"{reverse('admin:news_post_changelist')}?syns={state}" if found[UNPUBLISHED_LENGTH:] else ""
    rows = [entry(post, about=about) for post in found[:UNPUBLISHED_LENGTH]]
    return Section(title, rows, empty, more)


def public():
    posts = Post.objects.current().with_visibility().newest_first()[:PUBLIC_LENGTH]
    rows = [entry(post, public_url=post.get_absolute_url()) for post in posts]
    return Section("Syns nu", rows, "Ingen nyhet syns på webbplatsen.")


def documents():
    newest = Document.objects.with_visibility().defer("text").order_by("-updated_at", "-id")[:PUBLIC_LENGTH]
    rows = [entry(one, public_url=one.get_absolute_url() if one.is_published else "") for one in newest]
    return Section("Senaste dokumenten", rows, "")


def terms():
    """Return the Sections of the terms that end soon and of those that begin later. One query."""
    today = timezone.localdate()
    soon = Assignment.objects.current().filter(ends_on__lte=today + timedelta(days=ENDING_DAYS))
    found = Assignment.objects.filter(Q(pk__in=soon) | Q(starts_on__gt=today))
    found = list(found.select_related("person", "role"))
    later = [one for one in found if one.starts_on and one.starts_on > today]
    ending = term_entries([one for one in found if one not in later], "ends_on", "Till och med")
    return [
        Section("Uppdrag som snart slutar", ending, f"Inget uppdrag slutar inom {ENDING_DAYS} dagar."),
        Section("Kommande uppdrag", term_entries(later, "starts_on", "Från och med"), ""),
    ]


def term_entries(terms, day, words):
    """Return Entries of Assignments in the order of their field `day`, which `words` begin to tell."""
    terms = sorted(terms, key=lambda one: (getattr(one, day), one.role.order))
    return [Entry(str(one), form_url(one.role), f"{words} {day_text(getattr(one, day))}") for one in terms]


def vacant():
    held = Assignment.objects.current().filter(role=OuterRef("pk"))
    groups = list(Role.Group)  # in the order of the contact page
    roles = sorted(Role.objects.filter(~Exists(held)), key=lambda role: groups.index(role.group))
    rows = [Entry(role.name, form_url(role)) for role in roles]
    return Section("Vakanta roller", rows, "Ingen roll är vakant.")


def backup_age():
    last = last_backup()
    if last is None:
        return "Ingen säkerhetskopia har gjorts än. Säg till den som sköter servern."
    local = timezone.localtime(last)
    text = f"Senaste säkerhetskopian: {day_text(local)} kl.\N{NO-BREAK SPACE}{date_format(local, 'H.i')}."
    if last < timezone.now() - BACKUP_AGE:
        text += " Det är mer än en vecka sedan. Säg till den som sköter servern."
    return text


def entry(row, about=visibility_sentence, public_url=""):
    return Entry(str(row), form_url(row), about(row), public_url)


def changed_text(post):
    return f"Ändrades {day_text(post.updated_at)}"


def form_url(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])

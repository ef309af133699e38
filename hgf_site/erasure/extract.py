"""*Utdrag*: all that is stored about a person or an e-mail address, as one file (GDPR, article 15)."""

import base64
from mimetypes import guess_type

from django.contrib.admin.models import LogEntry
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import capfirst, slugify
from reversion.models import Revision

from common.richtext.blocks import html_to_text
from common.versions.compare import displayed_text, label_of, names_of, root_of, shown_fields, text_in
from common.versions.history import moment
from common.versions.purge import versions_about
from common.versions.registry import model_of, serialized_fields, state_in, state_of
from contacts.areas import Area
from contacts.models import Person, Role
from hgf_site.accounts.security_log import add_audit_entry
from hgf_site.erasure.personal_data import PersonalDataSearch, text_fields
from hgf_site.erasure.views import personal_data_of
from mailing.models import Delivery, Subscriber
from mailing.subscribing import SubscribeForm
from news.models import Category

PERMISSIONS = ["contacts.erase_person", "mailing.view_subscriber"]


def extract_view(request, key=None):
    """Answer a POST with the file: about the Person with that key, else about the address that is posted."""
    if not request.user.has_perms(PERMISSIONS):
        raise PermissionDenied
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if key:
        person = Person.objects.filter(pk=key).first() if key < 2**63 else None
        data = personal_data_of(person, key)
    else:
        form = SubscribeForm(request.POST)
        person, data = None, {"emails": [form.cleaned_data["email"]] if form.is_valid() else []}
    data = {"names": [], "phones": [], "emails": [], "pictures": []} | data
    name = next(iter(data["names"] or data["emails"]), None)
    if name is None:
        raise Http404
    # No log keeps the address of who gets letters; a name goes from it when the person is erased.
    about = name if key else "en e-postadress"
    add_audit_entry(request.user, request.user, f"Hämtade ett utdrag om {about}.")
    context = {
        "name": name,
        "made": timezone.now(),
        "parts": parts_of(data, person, key),
        "pictures": [data_url(picture) for picture in data["pictures"] if default_storage.exists(picture)],
    }
    headers = {"Content-Disposition": content_disposition_header(True, f"utdrag-{slugify(about)}.html")}
    return HttpResponse(render_to_string("admin/extract.html", context), headers=headers)


def parts_of(data, person, key):
    """Return [(heading, [(title, [(label, text), …]), …]), …]: never who changed or wrote it."""
    search = PersonalDataSearch(data)
    rows = [person, *person.assignments.all()] if person else []
    versions = versions_about(Person, key) if key else []
    people = [] if key else [Person]  # whose address it is: their own file says the rest
    parts = {
        "Uppgifter": [(str(row), values(type(row), state_of(row))) for row in rows],
        "Äldre versioner": [(title(one), values(model_of(one), state_in(one))) for one in versions],
        "Texter": [
            (str(row), passages(type(row), vars(row), search))
            for row, _ in search.current_texts([Role, *people])
        ],
        "Äldre texter": [
            (title(one), passages(model_of(one), serialized_fields(one), search))
            for one in search.versions(people)
        ],
        "Förslag": [
            (str(one), passages(one.content_type.model_class(), one.fields, search))
            for one in search.proposals()
        ],
        "Från den gamla webbplatsen": [
            (str(one), [("Text", lines(html_to_text(one.old_text), search))])
            for one in search.texts_of_old_site()
        ],
        "Brev": list(letters({email.lower() for email in data["emails"]})),
        "Det som står om ändringar": [("", list(log_of(search)))],
    }
    return [
        (heading, there) for heading, found in parts.items() if (there := [one for one in found if one[1]])
    ]


def title(version):
    when = moment(version.revision.date_created)
    return f"{capfirst(model_of(version)._meta.verbose_name)} {version.object_repr}, {when}"


def values(model, state):
    names, fields = names_of(model, state), root_of(model, state)
    found = [(asked(model, name), text_in(model, name, fields, names)) for name in shown_fields(model)]
    return [(label, text) for label, text in found if text]


def asked(model, name):
    label = label_of(model, name)
    return f"Syns för alla: {label.lower()}" if name.startswith("show_") else label


def passages(model, fields, search):
    return [
        (label_of(model, name), lines(displayed_text(model, name, fields[name], {}), search))
        for name in text_fields(model)
        if search.matches(str(fields.get(name) or ""))
    ]


def lines(text, search):
    """Return the lines of a text that name the person; all of it where no line does so alone."""
    return "\n".join(line for line in text.splitlines() if search.matches(line)) or text


def letters(emails):
    for one in Subscriber.objects.filter(email__in=emails):
        wanted = [*Category.objects.filter(pk__in=one.categories), *Area.objects.filter(pk__in=one.areas)]
        told = {
            "E-postadress": one.email,
            "Fick frågan": moment(one.asked_at),
            "Sa ja": one.confirmed_at and f"{moment(one.confirmed_at)}, till texten {one.wording}",
            "Sa ja senast": one.renewed_at and moment(one.renewed_at),
            "Vill ha": ", ".join(map(str, wanted)) or "allt",
            "Hur ofta": "en gång i veckan" if one.weekly else "när det händer",
            "Brev som inte kom fram": one.refusals,
            "Får inga brev sedan": one.rests_since and moment(one.rests_since),
        }
        yield "Får nyheter med e-post", [(label, text) for label, text in told.items() if text]
    of_them = Q(subscriber__email__in=emails) | Q(role__isnull=False)
    for one in Delivery.objects.filter(of_them).select_related("letter__post", "role").order_by("made_at"):
        if one.role_id is None:
            post = one.letter and one.letter.post
            about = post or (f"nyheter {one.letter.week}" if one.letter else "om prenumerationen")
            yield f"Brev: {about}", [("Skrevs", moment(one.made_at)), ("Läge", one.get_state_display())]
        elif one.fields.get("reply", "").lower() in emails:
            sent = {"Skrevs": moment(one.made_at), "Namn": one.fields["name"], "Text": one.fields["text"]}
            yield f"Meddelande till {one.role}", list(sent.items())


def log_of(search):
    """Yield (when, what) of changes, but of those of accounts: who may log in is not everybody's to read."""
    for one in LogEntry.objects.exclude(content_type__app_label="auth").iterator():
        if search.matches(text := f"{one.object_repr} {one.get_change_message()}"):
            yield moment(one.action_time), text
    for one in Revision.objects.exclude(comment="").iterator():
        if search.matches(one.comment):
            yield moment(one.date_created), one.comment


def data_url(name):
    with default_storage.open(name) as file:
        return f"data:{guess_type(name)[0]};base64,{base64.b64encode(file.read()).decode()}"

"""The report "Gamla uppgifter i texter": what current texts say of people who hold no role any more."""

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q
from django.template.response import TemplateResponse
from django.utils import timezone

from contacts.models import Assignment, Person
from documents.models import Document
from hgf_site.erasure.personal_data import PersonalDataSearch, admin_url
from news.models import Page, Post

PERMISSIONS = ["contacts.view_person", "news.change_post", "news.change_page", "documents.change_document"]
TEXTS = {
    Post: ["title", "lead", "body", "byline", "image_caption", "image_credit"],
    Page: ["title", "body"],
    Document: ["title", "text"],
}
WORDS = {"names": "namnet", "phones": "numret", "emails": "adressen"}


def old_details_view(admin_site, request):
    if not request.user.has_perms(PERMISSIONS):
        raise PermissionDenied
    context = {
        **admin_site.each_context(request),
        "title": "Gamla uppgifter i texter",
        "found": old_details(),
    }
    return TemplateResponse(request, "admin/old_details.html", context)


def old_details():
    """Return [(row, URL of its form, "Anna Ek: namnet, numret; …"), …] of current texts.

    A query a model, and one for the short texts of all posts, or pages, if any has one.
    """
    people = [(person, searches_for(person)) for person in former_holders()]
    found = []
    for model, names in TEXTS.items():
        rows = model.objects.current().only(*names)
        if hasattr(model, "translations"):
            rows = rows.with_has("translations").prefetch_related("translations")
        for row in rows if people else []:
            others = (one.text for one in getattr(row, "shown_translations", []))
            text = "\n".join([*(getattr(row, name) for name in names), *others])
            told = {
                person: [WORDS[what] for what, search in searches.items() if search.matches(text)]
                for person, searches in people
            }
            about = "; ".join(f"{person}: {', '.join(words)}" for person, words in told.items() if words)
            if about:
                found.append((row, admin_url(row, "change"), about))
    return found


def former_holders():
    """Return the people all of whose terms have ended."""
    terms = Assignment.objects.filter(person=OuterRef("pk"))
    lasting = terms.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=timezone.localdate()))
    return Person.objects.filter(Exists(terms), ~Exists(lasting))


def searches_for(person):
    """Return {"names": PersonalDataSearch, …} of what is known; a name of one word may be anything."""
    known = {
        "names": person.name if " " in person.name else "",
        "phones": person.phone,
        "emails": person.email,
    }
    nothing = dict.fromkeys(known, ())
    return {what: PersonalDataSearch({**nothing, what: [str(one)]}) for what, one in known.items() if one}

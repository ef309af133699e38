from django.utils.functional import SimpleLazyObject

from contacts.models import Branch
from contacts.per_version import once, per_version
from news.models import Page


@per_version
def pages():
    return list(Page.objects.only("title", "slug", "in_menu"))


def site(request):
    """What every public page shows around its own content. Asks the database only when used."""
    return {
        "branch": SimpleLazyObject(lambda: once("branch", Branch.get)),
        "pages": SimpleLazyObject(pages),
    }

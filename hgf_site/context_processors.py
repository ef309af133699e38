from django.utils.functional import SimpleLazyObject

from contacts.models import Branch
from news.models import Page


def site(request):
    """What every public page shows around its own content. Asks the database only when used."""
    return {
        "branch": SimpleLazyObject(Branch.get),
        "pages": SimpleLazyObject(lambda: list(Page.objects.only("title", "slug", "in_menu"))),
    }

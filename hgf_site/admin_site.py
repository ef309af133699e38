"""The one admin site: its name, its content policy, its start page."""

from django.conf import settings
from django.contrib import admin, messages

from contacts.models import Person, Role

TITLE = "Hyresgästföreningen Sollentuna"


class SiteAdmin(admin.AdminSite):
    site_header = TITLE
    site_title = TITLE
    index_title = "Skriv och ändra"

    def admin_view(self, view, cacheable=False):
        """Widen the public pages' content policy as far as Django's admin needs it."""
        inner = super().admin_view(view, cacheable)

        def with_admin_policy(request, *args, **kwargs):
            response = inner(request, *args, **kwargs)
            if not hasattr(response, "_csp_update"):  # a view that holds the editor has its own
                response._csp_update = settings.ADMIN_CSP
            return response

        return with_admin_policy

    def index(self, request, extra_context=None):
        warn_about_example_addresses(request)
        return super().index(request, extra_context)


def warn_about_example_addresses(request):
    """Say so while an address of the starter content, which reaches nobody, can be shown."""
    people = Person.objects.filter(email__iendswith="@example.org", show_email=True)
    roles = Role.objects.filter(email__iendswith="@example.org")
    names = [str(holder) for holder in [*roles, *people]]
    if names:
        messages.warning(
            request,
            f"Påhittade e-postadresser (example.org) visas på webbplatsen: {', '.join(names)}. "
            "Byt till riktiga adresser under Roller och Personer.",
        )

from django.http import Http404
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import TemplateView

from contacts.directory import contact_groups
from contacts.models import PostalAddress, SocialLink
from contacts.protected_email import reveal


class ContactView(TemplateView):
    template_name = "contacts/contact_list.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            groups=contact_groups(),
            postal_addresses=PostalAddress.objects.all(),
            social_links=SocialLink.objects.all(),
            **kwargs,
        )


# Public pages hold no CSRF token, so that they are the same for everybody; this POST changes
# nothing and answers nothing that a visitor could not ask for herself.
@method_decorator(csrf_exempt, name="dispatch")
class EmailView(View):
    """POST shows the address behind a token; GET (a reload, a shared link) offers the button again."""

    def dispatch(self, request, *args, **kwargs):
        response = super().dispatch(request, *args, **kwargs)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    def get(self, request, token):
        return self.answer(request, token, asked=False)

    def post(self, request, token):
        return self.answer(request, token, asked=True)

    def answer(self, request, token, *, asked):
        try:
            revealed = reveal(token)
        except ValueError:
            raise Http404("Unknown token") from None
        if not revealed.email:
            return render(request, "contacts/email_gone.html", status=410)
        if not asked:
            return render(request, "contacts/email_ask.html", {"owner": revealed.owner})
        return render(request, "contacts/email.html", {"revealed": revealed})

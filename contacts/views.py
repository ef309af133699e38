from urllib.parse import urlsplit

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import escape
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import slugify
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import TemplateView

from contacts.directory import card_of, contact_page, panel
from contacts.edge import protect_html
from contacts.limits import seconds_to_wait
from contacts.models import Branch, PostalAddress
from contacts.protected_email import reveal, vcard_person
from contacts.vcard import vcard

# What stands on the answer page while it is protected, where the address then goes.
EMAIL_HERE, MAILTO_HERE = "\ue000e-post\ue000", "\ue000mailto\ue000"  # nobody can type these


class ContactView(TemplateView):
    template_name = "contacts/contact_list.html"
    query_parameters = ()  # of the query string: none; hgf_site/page_cache.py

    def get_context_data(self, **kwargs):
        return super().get_context_data(**contact_page(), **kwargs)


def is_from_elsewhere(request):
    """Tell whether another site sent this POST; old phones send neither header, and are believed."""
    origin = urlsplit(request.headers.get("Origin", "")).netloc
    return request.headers.get("Sec-Fetch-Site") == "cross-site" or origin not in ("", request.get_host())


# Public pages hold no CSRF token, so that they are the same for everybody. These POSTs change
# nothing, and another site cannot use them: refuse_or_count asks the browser where it comes from.
@method_decorator(csrf_exempt, name="dispatch")
class AnswerView(View):
    """Answers a POST with an address, to one reader: never stored, never indexed, counted."""

    def dispatch(self, request, *args, **kwargs):
        try:
            response = super().dispatch(request, *args, **kwargs)
        except ValueError:  # of read_token
            raise Http404("Unknown token") from None
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    def refuse_or_count(self, request):
        """Return the page that refuses this request, or None after counting it."""
        if is_from_elsewhere(request):
            return self.page("email_elsewhere.html", 403)
        wait = seconds_to_wait(request.META.get("REMOTE_ADDR", ""))
        if wait:
            response = self.page("email_wait.html", 429, minutes=-(-wait // 60))
            response.headers["Retry-After"] = str(wait)
            return response
        return None

    def page(self, template, status=200, **context):
        context = {"panel": panel(), "back": self.way_back(), **context}
        return render(self.request, f"contacts/{template}", context, status=status)

    def way_back(self):
        """Return the page of ours that the reader came from, or the contact page."""
        referrer = self.request.headers.get("Referer", "")
        ours = url_has_allowed_host_and_scheme(referrer, {self.request.get_host()})
        if ours and urlsplit(referrer).path != self.request.path:
            return referrer
        return reverse("contacts:list")


class EmailView(AnswerView):
    """POST shows the address behind a token; GET (a reload, a shared link) offers the button again."""

    def get(self, request, token):
        revealed = reveal(token)
        if not revealed.email:
            return self.page("email_gone.html", 410)
        return self.page("email_ask.html", owner=revealed.owner)

    def post(self, request, token):
        revealed = reveal(token)
        if not revealed.email:
            return self.page("email_gone.html", 410)
        if refusal := self.refuse_or_count(request):
            return refusal
        return with_address(
            self.page("email.html", owner=revealed.owner, email=EMAIL_HERE, mailto=MAILTO_HERE), revealed
        )


def with_address(response, revealed):
    """Return the answer page with the address that was asked for, and no other that stands on it."""
    html = protect_html(response.content.decode())
    html = html.replace(MAILTO_HERE, escape(revealed.mailto)).replace(EMAIL_HERE, escape(revealed.email))
    response.content = html
    response.shows_email = True
    return response


class VcardView(AnswerView):
    """POST gives a contact's whole card, for the phone; a GET leads to the contact page."""

    def get(self, request, token):
        vcard_person(token)
        return HttpResponseRedirect(reverse("contacts:list"))

    def post(self, request, token):
        card = card_of(vcard_person(token))
        if card is None:
            return self.page("email_gone.html", 410)
        if refusal := self.refuse_or_count(request):
            return refusal
        text = vcard(card, PostalAddress.objects.first(), Branch.get().name)
        response = HttpResponse(text, content_type="text/vcard; charset=utf-8")
        name = slugify(card.person.name) or "kontakt"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}.vcf"'
        response.shows_email = True
        return response

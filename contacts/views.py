import re
from urllib.parse import urlsplit

from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import escape
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import slugify
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import TemplateView

from common.email_protection.obfuscate import obfuscate_html
from contacts.directory import card_of, contact_page
from contacts.models import Branch, PostalAddress
from contacts.rate_limits import seconds_to_wait
from contacts.reveal import reveal, vcard_person
from contacts.vcard import vcard

# Stand for the address while the rest of the answer page is obfuscated.
EMAIL_MARK, MAILTO_MARK = "\ue000e-post\ue000", "\ue000mailto\ue000"


class ContactView(TemplateView):
    template_name = "contacts/contact_list.html"
    query_parameters = ()  # of the query string: none; common/page_cache/wsgi.py

    def get_context_data(self, **kwargs):
        return super().get_context_data(**contact_page(), **kwargs)


def is_from_elsewhere(request):
    """Tell whether another site sent this POST. Old phones send neither header; they are let through."""
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
        context = {"back": self.way_back(), **context}
        return render(self.request, f"contacts/{template}", context, status=status)

    def way_back(self):
        """Return the page of this site that the reader came from, or the contact page."""
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
        if request.accepts("application/json") and not request.accepts("text/html"):  # the page's script
            response = JsonResponse({"email": revealed.email, "mailto": revealed.mailto})
            response.shows_email = True
            return response
        page = self.page("email.html", owner=revealed.owner, email=EMAIL_MARK, mailto=MAILTO_MARK)
        return with_texts(page, {EMAIL_MARK: revealed.email, MAILTO_MARK: revealed.mailto})


def with_texts(response, texts):
    """Return an answer page with {mark: text} that its reader asked for, or typed; the rest is obfuscated.

    A mark is something that nobody can type; one in a text is not replaced again.
    """
    html = obfuscate_html(response.content.decode())
    marks = re.compile("|".join(map(re.escape, texts)))
    response.content = marks.sub(lambda mark: escape(texts[mark[0]]), html)
    response.shows_email = True
    return response


class VcardView(AnswerView):
    """POST answers with a contact's vCard, for the phone; a GET redirects to the contact page."""

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

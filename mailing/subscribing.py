"""How one begins to get letters, and stops: the pages at /brev/.

Nothing happens by a GET: mail programs open links to look at them.
"""

import time
from datetime import timedelta

from django import forms
from django.conf import settings
from django.core import signing
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import TemplateView

from contacts.areas import Area
from contacts.rate_limits import limit_rules, take
from contacts.views import is_from_elsewhere, with_texts
from mailing.leaving import leave
from mailing.models import Delivery, Sending, Subscriber
from news.models import Category

WORDING = "2026-11"  # which text on the page of the button somebody agrees to; a new text, a new name
ONE_A_DAY = timedelta(days=1)  # letters about subscribing to one address
SALT, SEALED_SECONDS = "mailing.subscribe", 3600
MARKS = {name: f"\ue000{name}\ue000" for name in ("email", "sealed", "name", "reply", "text")}


class SubscribeForm(forms.Form):
    email = forms.EmailField(max_length=254)

    def clean_email(self):
        return self.cleaned_data["email"].lower()


class ManageForm(forms.Form):
    categories = forms.ModelMultipleChoiceField(Category.objects.all(), required=False)
    areas = forms.ModelMultipleChoiceField(Area.objects.all(), required=False)
    weekly = forms.BooleanField(required=False)

    def chosen(self, name):
        """Return the keys that are chosen; none for all."""
        keys = sorted(one.pk for one in self.cleaned_data[name])
        return [] if len(keys) == self.fields[name].queryset.count() else keys


class WhereLettersAreSent:
    """A page that is there only where letters can be sent."""

    def dispatch(self, request, *args, **kwargs):
        if not settings.SENDS_EMAIL:
            raise Http404("No letters are sent from here")
        return super().dispatch(request, *args, **kwargs)


# The stored pages hold no CSRF token, and these POSTs act for nobody who is logged in.
@method_decorator(csrf_exempt, name="dispatch")
class LetterView(WhereLettersAreSent, View):
    """A page for one reader: never stored, never indexed."""

    def page(self, template, status=200, texts=None, **context):
        """Return a page; `texts`: {name of MARKS: what its reader typed}, which it may show as it is."""
        texts = texts or {}
        context |= {name: MARKS[name] for name in texts}
        response = render(self.request, f"mailing/{template}.html", context, status=status)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex"
        return (
            with_texts(response, {MARKS[name]: text for name, text in texts.items()}) if texts else response
        )

    def refusal(self, purpose, limits, **context):
        """Count this POST; return the page that refuses it, or None."""
        if is_from_elsewhere(self.request):
            return self.page("elsewhere", 403)
        now = time.time()
        own, shared = limit_rules(purpose, self.request.META.get("REMOTE_ADDR", ""), limits, now)
        if wait := take(own | shared, now):
            response = self.page("wait", 429, minutes=-(-wait // 60), **context)
            response.headers["Retry-After"] = str(wait)
            return response
        return None


class SubscribeView(LetterView, TemplateView):
    """An address, then a button: only that sends. The page with the form is stored, one for everybody."""

    template_name = "mailing/subscribe.html"
    query_parameters = ()

    def post(self, request):
        if sealed := request.POST.get("sealed"):
            return self.ask(sealed)
        form, key = SubscribeForm(request.POST), request.POST.get("area", "")
        area = Area.objects.filter(pk=key).first() if key.isdecimal() and len(key) < 19 else None
        if not form.is_valid():
            typed = {"email": request.POST.get("email", "")[:254]}
            return self.page("subscribe", texts=typed, is_wrong=True, area=area)
        email = form.cleaned_data["email"]
        sealed = signing.dumps([email, [area.pk] if area else []], salt=SALT)
        return self.page("send", texts={"email": email, "sealed": sealed})

    def ask(self, sealed):
        """Write the letter; say the same whether the address was known or not."""
        try:
            email, areas = signing.loads(sealed, salt=SALT, max_age=SEALED_SECONDS)
        except signing.BadSignature:  # too old, or none of ours
            return self.page("subscribe")
        if refusal := self.refusal("brev", settings.LETTER_LIMITS):
            return refusal
        ask_whether(email, areas)
        return self.page("sent", texts={"email": email})


def ask_whether(email, areas):
    """Write a letter that asks an address whether it wants letters, unless there was one within a day."""
    Sending.since_when()  # begins before the first subscriber
    now = timezone.now()
    with transaction.atomic():
        found, is_new = Subscriber.objects.get_or_create(
            email=email, defaults={"asked_at": now, "areas": areas}
        )
        old = Subscriber.objects.filter(pk=found.pk, asked_at__lt=now - ONE_A_DAY)
        if is_new or old.update(asked_at=now):
            Delivery.write_first(subscriber=found)


class ManageView(LetterView):
    """The page that every letter leads to: says yes, chooses, renews."""

    def get(self, request, key):
        found = Subscriber.objects.filter(key=key).first()
        if found is None:
            return self.page("gone", 410)
        choices = {"categories": Category.objects.all(), "areas": Area.objects.all()}
        return self.page("manage", subscriber=found, is_done=request.GET.get("klart") == "1", **choices)

    def post(self, request, key):
        form = ManageForm(request.POST)
        if form.is_valid():
            now = timezone.now()
            rows = Subscriber.objects.filter(key=key)
            rows.filter(confirmed_at=None).update(confirmed_at=now, wording=WORDING)
            rows.update(
                categories=form.chosen("categories"),
                areas=form.chosen("areas"),
                weekly=form.cleaned_data["weekly"],
                renewed_at=now,
                refusals=0,
                rests_since=None,
            )
        return HttpResponseRedirect(f"{request.path}?klart=1")


class LeaveView(LetterView):
    """GET shows a button; POST leaves, also the one click of a mail program (RFC 8058): always 200."""

    def get(self, request, key):
        return self.page("leave", is_here=Subscriber.objects.filter(key=key).exists())

    def post(self, request, key):
        leave(Subscriber.objects.filter(key=key))
        return self.page("left")

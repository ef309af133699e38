"""What the admin says of letters: in the form of a post, and to an Administratör about one address."""

import smtplib
from datetime import timedelta

from csp.constants import SELF, UNSAFE_INLINE
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from common.clock import day_and_time
from common.publishing.admin import editor_policy
from contacts.areas import Area
from mailing.clock import GRACE, NEW, readers_of
from mailing.leaving import erase_addresses
from mailing.letters import letter_message
from mailing.models import Delivery, Letter, Sending, Subscriber
from mailing.subscribing import SubscribeForm
from news.admin import PostAdmin
from news.models import Category, Post

NONE_ARE_SENT = "Inga brev skickas just nu. Säg till den som sköter servern."

admin.site.unregister(Post)


@admin.register(Post)
@editor_policy
class PostWithLettersAdmin(PostAdmin):
    """The form of a post that also says who gets it by letter, where letters can be sent."""

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if not settings.SENDS_EMAIL:
            return fieldsets
        for _, options in fieldsets:
            if "expires_at" in options["fields"]:
                options["fields"] = [*options["fields"], "without_letter"]
        return fieldsets

    def get_urls(self):
        letter = self.admin_site.admin_view(self.letter_view)
        return [path("<path:object_id>/brev/", letter, name="news_post_letter"), *super().get_urls()]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if settings.SENDS_EMAIL:
            context["who_gets_a_letter"] = who_gets_a_letter(obj or Post())
            context["letter_url"] = obj and reverse("admin:news_post_letter", args=[obj.pk])
        return super().render_change_form(request, context, add, change, form_url, obj)

    def letter_view(self, request, object_id):
        """Show the letter about a post as it is saved; a POST sends it to the one who asks, at once."""
        post = self.get_object(request, object_id)
        if not self.has_change_permission(request, post):
            raise PermissionDenied
        if post is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        now = timezone.now()
        message = letter_message([post], Subscriber(email=request.user.email, key="prov", confirmed_at=now))
        if request.method == "POST" and settings.SENDS_EMAIL:
            send_now(request, message)
            return HttpResponseRedirect(request.path)
        context = {
            **self.admin_site.each_context(request),
            "title": "Brevet",
            "opts": self.opts,
            "post": post,
            "message": message,
            "html": message.alternatives[0].content,
            "who": who_gets_a_letter(post) if settings.SENDS_EMAIL else NONE_ARE_SENT,
            "can_send": settings.SENDS_EMAIL,
        }
        response = TemplateResponse(request, "admin/mailing/letter.html", context)
        response._csp_update = {"style-src": [SELF, UNSAFE_INLINE]}
        return response


def send_now(request, message):
    if not request.user.email:
        messages.error(request, "Ditt konto har ingen e-postadress. En Administratör kan skriva in den.")
        return
    try:
        message.send()
    except (OSError, smtplib.SMTPException):
        messages.error(
            request, "Brevet gick inte att skicka: e-postservern svarar inte. Försök igen om en stund."
        )
    else:
        messages.success(request, f"Brevet är skickat till {request.user.email}.")


def who_gets_a_letter(post):
    """Return what happens by letter when a post is published, in one sentence."""
    now = timezone.now()
    letter = Letter.objects.filter(post_id=post.pk, occurrence=None, week="").first() if post.pk else None
    if letter and letter.queued_at:
        return f"Brevet gick till {people(letter.delivery_set.count())}."
    if post.without_letter:
        return "Ingen får brev om den här."
    if Sending.since_when() is None:
        return NONE_ARE_SENT
    when = letter.made_at if letter else max(post.published_at or now, now)
    if post.published_at and post.published_at < now - NEW:
        return ""
    return f"{people(len(readers_of([post], weekly=False)))} får brev {at_clock(when + GRACE)}."


def people(count):
    return "1 person" if count == 1 else f"{count} personer" if count else "Ingen"


def at_clock(moment):
    local = timezone.localtime(moment)
    if local.date() == timezone.localdate():
        return f"kl. {local:%H.%M}"
    return day_and_time(moment).removesuffix(" svensk tid")


def subscribers_view(admin_site, request):
    """How many get letters; and of one address that is typed here what is stored, or its end."""
    if not request.user.has_perms(["mailing.view_subscriber", "mailing.delete_subscriber"]):
        raise PermissionDenied
    if not settings.SENDS_EMAIL:
        messages.warning(request, NONE_ARE_SENT)
    form = SubscribeForm(request.POST or None)
    email, found = "", None
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        if "_delete" in request.POST:
            erase_addresses([email])
            messages.success(request, f"{email} är borttagen och får inga brev.")
            email = ""
        else:
            found = Subscriber.objects.filter(email=email).first()
    recent = Delivery.objects.filter(made_at__gt=timezone.now() - timedelta(days=30))
    context = {
        **admin_site.each_context(request),
        "title": "Nyheter med e-post",
        "receiving": Subscriber.objects.receiving().count(),
        "unconfirmed": Subscriber.objects.filter(confirmed_at=None).count(),
        "resting": Subscriber.objects.exclude(rests_since=None).count(),
        "waiting": Delivery.objects.unsent().count(),
        "refused": recent.filter(state=Delivery.State.REFUSED).count(),
        "email": email,
        "found": found,
        "categories": Category.objects.filter(pk__in=found.categories) if found else [],
        "areas": Area.objects.filter(pk__in=found.areas) if found else [],
    }
    return TemplateResponse(request, "admin/mailing/subscribers.html", context)

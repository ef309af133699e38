"""Writing to the board without a mail program: /kontakt/skriv/."""

import re

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.views.generic import TemplateView

from contacts.models import Assignment, Role
from mailing.models import Delivery
from mailing.subscribing import LetterView

LONGEST = 5000  # characters of a text
ADVERTISEMENT = re.compile(r"<\s*/?\s*[a-z!]|\[/?url\b", re.IGNORECASE)
LINK = re.compile(r"https?:|www\.", re.IGNORECASE)
MANY_LINKS = 3
WHO = "Välj vem du skriver till."


def roles_with_mailbox():
    """Return the roles that somebody holds and that have a mailbox of their own: the only recipients."""
    held = Role.objects.filter(assignments__in=Assignment.objects.current()).exclude(email="")
    return held.distinct()


def one_line_only(value):
    if not value.isprintable():
        raise ValidationError("Skriv på en rad.")


class WriteForm(forms.Form):
    role = forms.ModelChoiceField(
        Role.objects.none(), error_messages=dict.fromkeys(["required", "invalid_choice"], WHO)
    )
    name = forms.CharField(max_length=100, required=False, validators=[one_line_only])
    reply = forms.EmailField(
        max_length=254,
        error_messages={
            "required": "Skriv din e-postadress, så att vi kan svara.",
            "invalid": "Skriv hela din e-postadress, till exempel namn@exempel.se.",
        },
    )
    text = forms.CharField(
        max_length=LONGEST,
        error_messages={
            "required": "Skriv vad du vill säga.",
            "max_length": f"Texten är för lång. Korta den till högst {LONGEST} tecken.",
        },
    )
    sure = forms.BooleanField(required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["role"].queryset = roles_with_mailbox()

    def asks(self):
        """Tell whether the text looks like an advertisement, and its writer has not said that it is none."""
        text = self.cleaned_data["text"]
        looks_so = ADVERTISEMENT.search(text) or len(LINK.findall(text)) >= MANY_LINKS
        return bool(looks_so) and not self.cleaned_data["sure"]


class WriteView(LetterView, TemplateView):
    template_name = "mailing/write.html"
    query_parameters = ()

    def get_context_data(self, **kwargs):
        return super().get_context_data(roles=roles_with_mailbox(), **kwargs)

    def post(self, request):
        form = WriteForm(request.POST)
        typed = {name: request.POST.get(name, "") for name in ("name", "reply", "text")}
        again = {
            "texts": typed,
            "roles": roles_with_mailbox(),
            "chosen": request.POST.get("role", ""),
            "errors": [error for errors in form.errors.values() for error in errors],
        }
        if not form.is_valid():
            return self.page("write", 400, **again)
        if form.asks():
            return self.page("write", asks=True, **again)
        if refusal := self.refusal("skriv", settings.WRITE_LIMITS, **again):
            return refusal
        role = form.cleaned_data["role"]
        fields = {name: form.cleaned_data[name] for name in typed}
        Delivery.write_first(role=role, fields=fields)
        return self.page("written", role=role)

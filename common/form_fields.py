"""Form fields that take what people type, in the ways Swedes write it, and else give an example."""

import re
from datetime import datetime, time
from urllib.parse import unquote

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.db import models
from django.utils import timezone
from phonenumber_field.formfields import PhoneNumberField as PhoneNumberFormField
from phonenumber_field.modelfields import PhoneNumberField
from phonenumber_field.phonenumber import PhoneNumber
from phonenumber_field.widgets import RegionalPhoneNumberWidget

from common.clock import aware
from common.dates import parse_day
from common.email_protection.detect import find_addresses, visible_text
from common.swedish import phone_text

CLOCK = re.compile(r"(?:klockan|kl\.?)? ?(\d\d?)(?:[:., ]?([0-5]\d))?(?:[:.][0-5]\d)?", re.IGNORECASE)
DAY_INPUT = {"format": "%Y-%m-%d", "attrs": {"type": "date"}}  # the phone's own calendar and clock
CLOCK_INPUT = {"format": "%H:%M:%S", "attrs": {"type": "time"}}
PHONE_EXAMPLE = "till exempel 070-123 45 67"
WORDS_IN_NUMBER = re.compile(
    r"(?:tel:)?+(?:([a-zåäö][^\d+(]*)(?=[\d+(][^a-zåäö]{5}).*|[^a-zåäö]*?(\(?[a-zåäö].*))", re.IGNORECASE
)


def one_line(value):
    """Return what was typed as it looks, on one line: without what has no width, as a phone copies it."""
    return " ".join(visible_text(str(value))[0].split())


class DateField(forms.DateField):
    """Takes "24 dec 2026" and "torsdag den 24:e december 2026" too, and refuses a weekday that is another."""

    widget = forms.DateInput(**DAY_INPUT)
    default_error_messages = {"invalid": "Skriv dagen så här: 24 december 2026, eller 2026-12-24."}

    def today(self):
        """Return the day from which one without a year is the next; None: a year has to be there."""
        return None

    def to_python(self, value):
        if isinstance(value, str):
            try:
                day = parse_day(value, self.today())
            except ValueError as refusal:
                message = str(refusal) if "är en" in str(refusal) else self.error_messages["invalid"]
                raise ValidationError(message, code="invalid") from None
            if day:
                return day
        return super().to_python(value)


class ComingDateField(DateField):
    """Takes "3 februari" and "ons 3/2" too: the next one."""

    default_error_messages = {"invalid": "Skriv dagen så här: 3 februari, ons 3/2 eller 2027-02-03."}

    def today(self):
        return timezone.localdate()


class TimeField(forms.TimeField):
    """Takes "kl. 18.30", "1830" and "18" too."""

    widget = forms.TimeInput(**CLOCK_INPUT)
    default_error_messages = {"invalid": "Skriv tiden så här: 18.30."}

    def to_python(self, value):
        if isinstance(value, str) and value.strip():
            found = CLOCK.fullmatch(one_line(value))
            if not found or int(found[1]) > 23:
                raise ValidationError(self.error_messages["invalid"], code="invalid")
            return time(int(found[1]), int(found[2] or 0))
        return super().to_python(value)


class DateTimeField(forms.SplitDateTimeField):
    """A day and a time as Swedes read them, made an aware datetime; a day alone is the whole day."""

    widget = forms.SplitDateTimeWidget(
        date_format=DAY_INPUT["format"],
        date_attrs=DAY_INPUT["attrs"],
        time_format=CLOCK_INPUT["format"],
        time_attrs=CLOCK_INPUT["attrs"],
    )
    clock_of_day_alone = time.min

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.fields = [DateField(required=False), TimeField(required=False)]
        for widget, part in zip(
            self.widget.widgets, ("datum", "tid"), strict=True
        ):  # without labels of their own
            widget.attrs["aria-label"] = f"{self.label}, {part}"

    def compress(self, data_list):
        if not data_list:
            return None
        day, clock = data_list
        if day in self.empty_values:
            raise ValidationError(self.error_messages["invalid_date"], code="invalid_date")
        return aware(datetime.combine(day, clock or self.clock_of_day_alone))


class EndDateTimeField(DateTimeField):
    clock_of_day_alone = time(23, 59)


class EmailField(forms.EmailField):
    """Takes "Anna Ek <anna@example.net>" and a copied mailto: link too."""

    default_validators = [EmailValidator("Skriv en e-postadress, till exempel namn@example.org.")]

    def to_python(self, value):
        text = one_line(super().to_python(value))
        if "mailto:" in text.lower():
            text = unquote(text.partition("?")[0])
        if not re.search(r"[\s<>()\[\]\",;:]|\.$", text):
            return text
        found = {found.address for found in find_addresses(text)}
        return found.pop() if len(found) == 1 else text


class HttpsURLFormField(forms.URLField):
    """Takes an address without https://, and makes http:// secure."""

    def to_python(self, value):
        text = one_line(value or "").strip("<>")
        text = re.sub(r"^http://", "https://", text, flags=re.IGNORECASE)
        return super().to_python(text)


class PhoneWidget(RegionalPhoneNumberWidget):
    """Shows a stored number as "070-653 56 86", and one that was refused just as it was typed."""

    def format_value(self, value):
        return phone_text(value) if isinstance(value, PhoneNumber) and value else value


class PhoneField(PhoneNumberFormField):
    """Names the words beside a number: the database keeps the number alone."""

    widget = PhoneWidget
    default_error_messages = {"invalid": f"Skriv ett telefonnummer, {PHONE_EXAMPLE}."}

    def to_python(self, value):
        found = WORDS_IN_NUMBER.fullmatch(one_line(value or ""))
        number = None if found else super().to_python(value)
        words = (
            (found[1] or found[2]).strip()
            if found
            else f"ankn {number.extension}"
            if number and number.extension
            else ""
        )
        if words:
            raise ValidationError(f"Ta bort ”{words}”. Här får bara numret stå, {PHONE_EXAMPLE}.")
        return number


# What the admin uses for fields of models, as ModelAdmin.formfield_overrides.
FORGIVING_FIELDS = {
    models.DateField: {"form_class": DateField, "widget": DateField.widget},
    models.DateTimeField: {"form_class": DateTimeField, "widget": DateTimeField.widget},
    models.EmailField: {"form_class": EmailField},
    PhoneNumberField: {"form_class": PhoneField, "widget": PhoneWidget(attrs={"class": "vTextField"})},
}

"""Whom one can reach: the branch, its roles, who holds them and when, addresses and links."""

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Length, Substr
from django.db.models.lookups import Exact
from django.utils import timezone
from phonenumber_field.modelfields import PhoneNumberField

from common.constraints import HTTPS_ONLY, FieldConstraintsModel, https_constraint, without_digits
from common.files.pictures import UploadedPictureField
from common.form_fields import HttpsURLFormField
from common.swedish import definite
from common.versions.registry import versioned
from contacts.areas import Area, InAreas  # noqa: F401  Area is a model

MOST_START_LINKS = 6
START_LINK = re.compile(r"\s*(\S.*?)\s+(https://\S+|/(?!/)\S*)\s*")  # words, address
PEOPLE_MONTHS = 12  # how long the history and the trash hold what is about people


class HttpsURLField(models.URLField):
    """A web address; "HTTPS://…" is stored as "https://…", anything but https is refused."""

    default_validators = [URLValidator(schemes=["https"], message=HTTPS_ONLY)]

    def clean(self, value, model_instance):
        scheme, separator, rest = (value or "").strip().partition("://")
        return super().clean(scheme.lower() + separator + rest, model_instance)

    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": HttpsURLFormField, "assume_scheme": "https", **kwargs})


@versioned(exclude=["starter_roles_answered"])
class Branch(FieldConstraintsModel):
    """The one row that says who we are."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField("namn", max_length=100)
    region = models.CharField(
        "region", max_length=100, blank=True, help_text="Till exempel Hyresgästföreningen Reg. STHLM."
    )
    description = models.TextField(
        "beskrivning",
        blank=True,
        help_text="En eller två meningar om vilka ni är. Syns längst ner på alla sidor.",
    )
    phone = PhoneNumberField("telefon", blank=True, help_text="Föreningens eget nummer, om det finns.")
    membership_url = HttpsURLField(
        "länk till medlemskap",
        blank=True,
        help_text="Dit knappen ”Bli medlem” leder. Tomt fält: knappen syns inte.",
    )
    help_url = HttpsURLField(
        "länk till hjälp", blank=True, help_text="Dit länken ”Få hjälp” leder. Tomt fält: länken syns inte."
    )
    start_links = models.TextField(
        "länkar på startsidan",
        blank=True,
        help_text="Det besökare oftast frågar efter, en länk på varje rad: orden och sist adressen. "
        "Till exempel: Felanmälan https://www.example.org/. Högst sex.",
    )
    privacy_contact = models.CharField(
        "kontakt i integritetsfrågor",
        max_length=200,
        blank=True,
        help_text="Vem man frågar om hur föreningen hanterar personuppgifter.",
    )
    # The usual roles of an association are offered in the list of roles until somebody answers.
    starter_roles_answered = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = "förening"
        verbose_name_plural = "föreningen"
        constraints = [
            models.CheckConstraint(
                condition=Q(id=1),
                name="branch_is_one",
                violation_error_message="Det finns bara en förening. Ändra den som redan finns.",
            ),
            https_constraint("membership_url", "branch_membership_is_https", blank=True),
            https_constraint("help_url", "branch_help_is_https", blank=True),
        ]

    def __str__(self):
        return self.name

    def clean(self):
        lines = [line for line in self.start_links.splitlines() if line.strip()]
        wrong = next((line for line in lines if not START_LINK.fullmatch(line)), None)
        if wrong:
            message = f"”{wrong}”: skriv orden, ett mellanslag och adressen, som börjar med https:// eller /."
            raise ValidationError({"start_links": message})
        if len(lines) > MOST_START_LINKS:
            raise ValidationError({"start_links": f"Högst sex länkar. Nu är de {len(lines)}."})

    @property
    def links(self):
        """Return the links of the start page: [(words, address), …]."""
        found = map(START_LINK.fullmatch, self.start_links.splitlines())
        return [match.groups() for match in found if match][:MOST_START_LINKS]

    @classmethod
    def get(cls):
        """Return the branch, or an unsaved one with its name while nobody has filled it in."""
        return cls.objects.first() or cls(name="Hyresgästföreningen Sollentuna")

    @property
    def place(self):
        """The last word of the name, set large in the wordmark: "Sollentuna"."""
        return self.name.rpartition(" ")[2]

    @property
    def kind(self):
        """The name without `place`: "Hyresgästföreningen"."""
        return self.name.rpartition(" ")[0]


@versioned(children=["assignments"], retention_months=PEOPLE_MONTHS)
class Role(InAreas):
    """An office that somebody holds for a time: chair, treasurer, auditor."""

    class Group(models.TextChoices):
        """Where the contact page shows a role, in this order."""

        BOARD = "styrelse", "Styrelse"
        NOMINATION = "valberedning", "Valberedning"
        AUDITOR = "revisor", "Revisorer"
        STAFF = "anställd", "Anställda"
        OTHER = "övrig", "Övriga"

    name = models.CharField(
        "roll", max_length=100, unique=True, help_text="Till exempel Ordförande eller Kassör."
    )
    group = models.CharField(
        "grupp",
        max_length=20,
        choices=Group,
        default=Group.BOARD,
        help_text="Rubriken som rollen står under på kontaktsidan.",
    )
    email = models.EmailField(
        "rollens e-postadress",
        blank=True,
        help_text="Används i stället för personens egen adress. Tomt fält: personens, om den får visas.",
    )
    order = models.PositiveSmallIntegerField(
        "ordning", default=10, help_text="Lägst nummer står först. Samma nummer: bokstavsordning."
    )
    show_vacant = models.BooleanField(
        "visa när rollen är vakant",
        default=False,
        help_text="Kontaktsidan visar ”Vakant” när ingen har rollen. Annars syns rollen inte då.",
    )

    class Meta:
        verbose_name = "roll"
        verbose_name_plural = "roller"
        ordering = ["order", "name"]

    def __str__(self):
        return self.name

    @property
    def owner_name(self):
        """Whose mailbox it is, as running text says it: "ordföranden" for "Ordförande"."""
        return definite(self.name) or self.name

    @property
    def public_email(self):
        """The address that a visitor may ask for, or ""."""
        return self.email


@versioned(
    never_restored=["show_phone", "show_email", "show_photo"],
    retention_months=PEOPLE_MONTHS,
)
class Person(models.Model):
    """Somebody who holds, held or will hold a role. Shows only what has been ticked."""

    name = models.CharField("namn", max_length=100)
    organisation = models.CharField(
        "organisation",
        max_length=100,
        blank=True,
        help_text="Fylls i när personen kommer från en annan organisation, till exempel regionen.",
    )
    phone = PhoneNumberField("telefon", blank=True, help_text="Till exempel 070-123 45 67.")
    show_phone = models.BooleanField(
        "telefonnumret", default=False, help_text="Annars står numret bara här i verktyget."
    )
    email = models.EmailField(
        "e-postadress", blank=True, help_text="Visas först när en besökare trycker på knappen."
    )
    show_email = models.BooleanField(
        "e-postadressen",
        default=False,
        help_text="Har rollen en egen e-postadress används den i stället, och den här syns inte alls.",
    )
    photo = UploadedPictureField(
        "foto",
        upload_to="personer/",
        width_field="photo_width",
        height_field="photo_height",
        container_width=96,  # how wide it is shown, everywhere
        grid_columns=1,
        breakpoints={"always": 48},
        aspect_ratios=[None],
        blank=True,
        max_length=255,
    )
    photo_width = models.PositiveIntegerField(null=True, editable=False)
    photo_height = models.PositiveIntegerField(null=True, editable=False)
    show_photo = models.BooleanField(
        "fotot", default=False, help_text="Beskrivs för den som inte ser det med namn och roll."
    )

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "personer"
        ordering = ["name"]
        permissions = [("erase_person", "Radera en person för gott")]

    def __str__(self):
        return self.name

    @property
    def owner_name(self):
        return self.name

    @property
    def public_phone(self):
        """The PhoneNumber that everybody may see, or None."""
        return self.phone if self.show_phone and self.phone else None

    @property
    def public_email(self):
        """The address that a visitor may ask for, or ""."""
        return self.email if self.show_email else ""

    @property
    def public_photo(self):
        """The picture file that everybody may see, or None."""
        return self.photo if self.show_photo and self.photo else None


class AssignmentQuerySet(models.QuerySet):
    def current(self, on=None):
        """Assignments that hold on the date `on`; None is today in Stockholm.

        Both ends belong to the term; an end left empty is open.
        """
        on = on or timezone.localdate()
        return self.filter(
            Q(starts_on__isnull=True) | Q(starts_on__lte=on),
            Q(ends_on__isnull=True) | Q(ends_on__gte=on),
        )


@versioned(retention_months=PEOPLE_MONTHS)
class Assignment(FieldConstraintsModel):
    """Who holds which role, from when to when."""

    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="assignments", verbose_name="person"
    )
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="assignments", verbose_name="roll")
    starts_on = models.DateField("från och med", null=True, blank=True, help_text="Tomt: har redan börjat.")
    ends_on = models.DateField("till och med", null=True, blank=True, help_text="Tomt: tills vidare.")
    order = models.PositiveSmallIntegerField(
        "ordning", default=0, help_text="Ordningen mellan flera som har samma roll."
    )

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = "uppdrag"
        verbose_name_plural = "uppdrag"
        ordering = ["order", "person__name", "id"]
        indexes = [models.Index(fields=["ends_on", "starts_on"], name="assignment_term")]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True)
                | Q(ends_on__isnull=True)
                | Q(ends_on__gte=F("starts_on")),
                name="assignment_ends_after_start",
                violation_error_code="ends_on",
                violation_error_message="Uppdraget kan inte sluta innan det börjar. Ändra något av datumen.",
            )
        ]

    def __str__(self):
        return f"{self.role}: {self.person}"


class Handover(models.Model):
    """One decision about who holds which roles, made and undone as one (contacts/handover/rules.py).

    Holds keys and dates, no names, so that a person who is erased is not here either.
    """

    title = models.CharField("vad som gjordes", max_length=200)
    day = models.DateField("från och med")
    made_at = models.DateTimeField("när", auto_now_add=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name="av",
    )
    steps = models.JSONField(default=list)
    undone_at = models.DateTimeField("ångrad", null=True)

    class Meta:
        verbose_name = "byte av innehavare"
        verbose_name_plural = "byten av innehavare"
        ordering = ["-made_at", "-id"]

    def __str__(self):
        return self.title


POSTAL_CODE_HELP = "Skriv postnumret med fem siffror, till exempel 121 28."


class PostalCodeField(models.CharField):
    """A Swedish postal code, "121 28" in the database; "12128" and "SE-121 28" become that in a form."""

    def to_python(self, value):
        text = "".join(super().to_python(value).split())
        return f"{text[:3]} {text[3:]}"

    def clean(self, value, model_instance):
        digits = re.sub(r"^SE?(?=\W?\d)|[\s‑–-]", "", value.strip(), flags=re.IGNORECASE)
        if value and not re.fullmatch("[0-9]{5}", digits):
            raise ValidationError(POSTAL_CODE_HELP)
        return super().clean(digits, model_instance)

    def formfield(self, **kwargs):
        # Room for spaces and a country; clean() answers for the rest, with a better message.
        return super().formfield(**{"max_length": 20, **kwargs})


@versioned()
class PostalAddress(FieldConstraintsModel):
    label = models.CharField(
        "rubrik", max_length=50, default="Postadress", help_text="Till exempel Postadress eller Besöksadress."
    )
    recipient = models.TextField("mottagare", help_text="En eller flera rader, som de ska stå på kuvertet.")
    street = models.CharField("gata eller box", max_length=100)
    postal_code = PostalCodeField("postnummer", max_length=6, help_text="Fem siffror, till exempel 121 28.")
    city = models.CharField("ort", max_length=50)
    order = models.PositiveSmallIntegerField("ordning", default=0, help_text="Lägst nummer står först.")

    class Meta:
        verbose_name = "postadress"
        verbose_name_plural = "postadresser"
        ordering = ["order", "label"]
        constraints = [
            models.CheckConstraint(
                condition=Q(Exact(without_digits("postal_code"), Value(" ")))
                & Q(Exact(Length("postal_code"), 6))
                & Q(Exact(Substr("postal_code", 4, 1), Value(" "))),
                name="postal_code_is_five_digits",
                violation_error_code="postal_code",
                violation_error_message=POSTAL_CODE_HELP,
            )
        ]

    def __str__(self):
        return f"{self.label}: {self.street}, {self.postal_code} {self.city}"

    @property
    def recipient_lines(self):
        """The lines of `recipient`, without empty ones."""
        return [line.strip() for line in self.recipient.splitlines() if line.strip()]


@versioned()
class SocialLink(FieldConstraintsModel):
    name = models.CharField("namn", max_length=50, help_text="Det som står på länken, till exempel Facebook.")
    url = HttpsURLField("adress", help_text="Börjar med https://.")
    order = models.PositiveSmallIntegerField("ordning", default=0, help_text="Lägst nummer står först.")

    class Meta:
        verbose_name = "länk till sociala medier"
        verbose_name_plural = "sociala medier"
        ordering = ["order", "name"]
        constraints = [https_constraint("url", "social_link_is_https")]

    def __str__(self):
        return self.name


class EmailLimit(models.Model):
    """When one client, or the whole site (client ""), was last shown addresses. Kept an hour."""

    client = models.CharField(max_length=64, unique=True)  # a keyed hash that changes daily
    times = models.JSONField(default=list)  # seconds since 1970, the newest last
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        verbose_name = "gräns för e-post"
        verbose_name_plural = "gränser för e-post"

    def __str__(self):
        return self.client or "alla"

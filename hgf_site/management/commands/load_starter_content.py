"""The first content of a new site: one real page of the branch's old one, and the pages every site needs."""

from pathlib import Path

from django.apps import apps
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from news.models import Category, Page, Post

SOURCE = Path(__file__).resolve().parents[2] / "starter_content"
PAGES = {
    "Om oss": "om_oss.html",
    "Bli medlem": "bli_medlem.html",
    "Felanmälan": "felanmalan.html",
    "Integritet": "integritet.html",
    "Tillgänglighet": "tillganglighet.html",
}


class Command(BaseCommand):
    help = "Loads the starter content into an empty database; never changes anything that is there."

    def handle(self, *args, **options):
        models = [model for app in ("contacts", "news") for model in apps.get_app_config(app).get_models()]
        filled = [model._meta.model_name for model in models if model.objects.exists()]
        if filled:
            raise CommandError(
                f"The database has content already ({', '.join(filled)}): nothing was loaded. "
                "The starter content is only for a new site."
            )
        with transaction.atomic():
            call_command("loaddata", SOURCE / "contacts.json", verbosity=0)
            load_news()
            load_pages()
        self.stdout.write("Loaded the starter content.")


def load_news():
    post = Post(
        title="Allmännyttan kan vara nyttig på flera vis!",
        category=Category.objects.create(name="Nyheter"),
        lead="Bland annat när det gäller integration – läs om allmännyttans innovationslabb i Boden, "
        "Göteborg, Norrköping och Södertälje.",
        body=(SOURCE / "allmannyttan.html").read_text(encoding="utf-8"),
        image_alt="Teckning av tre hyreshus på en gräsmatta. Framför dem vajar en flagga på en stång.",
        image_caption="SH flagga april 2019",
        image_credit="Tecknad ersättning",
        published_at=now(),
    )
    picture = ContentFile((SOURCE / "flagga.png").read_bytes(), name="flagga.png")
    post.image.save(picture.name, picture, save=False)
    post.save()


def now():
    """The time to the minute, as a form shows it: else the first save would change it."""
    return timezone.now().replace(second=0, microsecond=0)


def load_pages():
    """Only what is known of the branch, or true of this software whoever runs it."""
    for order, (title, file) in enumerate(PAGES.items(), 1):
        body = (SOURCE / file).read_text(encoding="utf-8")
        in_menu = title == "Om oss"
        Page.objects.create(title=title, body=body, in_menu=in_menu, order=order, published_at=now())

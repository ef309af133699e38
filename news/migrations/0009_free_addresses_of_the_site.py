from itertools import count

from django.db import migrations

TAKEN = ["dokument", "kalender", "omraden", "brev"]  # addresses that are the site's own from now on


def rename_pages(apps, schema_editor):
    """Give a page of before whose address the site takes the next free one, so that it can still be read.

    The redirect is followed until the site has that page; the dashboard tells of it.
    """
    pages = apps.get_model("news", "Page").objects
    redirects = apps.get_model("news", "Redirect").objects
    for page in pages.filter(slug__in=TAKEN):
        names = (f"{page.slug}-{number}" for number in count(2))
        slug = next(name for name in names if not pages.filter(slug=name))
        pages.filter(pk=page.pk).update(slug=slug)
        redirects.update_or_create(old_path=f"/{page.slug}/", defaults={"target": f"/{slug}/"})


class Migration(migrations.Migration):

    dependencies = [
        ('news', '0008_occurrences'),
    ]

    operations = [
        migrations.RunPython(rename_pages, migrations.RunPython.noop),
    ]

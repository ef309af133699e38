"""Takes an old site in: each row by itself, once, as a draft."""

from collections import Counter
from functools import partial
from itertools import chain, count

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import DatabaseError, transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from reversion.models import Version

from common.files.pictures import stored_or_deleted
from common.files.storage import delete_picture
from common.richtext.blocks import single_spaced
from common.slugs import SLUG_LENGTH, slug_of
from documents.models import Document
from moving.convert import OldFiles, Targets, convert
from moving.models import ROWS, Imported, digest, digest_of
from moving.people import save_contacts
from news.models import Attachment, Category, Page, Picture, Post, Redirect
from news.paths.old_site import article_key, category_key, component_key, keys_of
from news.paths.redirects import spellings
from news.paths.slugs import RESERVED_PAGE_SLUGS, RESERVED_POST_SLUGS, redirect_old_slug

NEW, CHANGED, SAME = "ny", "ändrad", "oförändrad"
EDITED, DELETED = "ändrad här, lämnad i fred", "borttagen här, lämnad i fred"
SLUG_FLAGS = {"slug_taken", "slug_too_long", "moved_aside"}
FAILED = "gick inte att ta in"
LONGEST_PATH = Redirect._meta.get_field("old_path").max_length


class Importer:
    """`results`: [(article, what became of it, its flags, its address here), …]; `pictures`: found so far."""

    def __init__(self, site, images, dump, writes=True):
        """`site`: a readers.site.OldSite; `images`: a folder or None; `dump`: the digest of its file."""
        self.site, self.dump, self.writes = site, dump, writes
        self.articles = [one for one in site.articles if one.was != "skipped"]
        ours = {host.removeprefix("www.") for host in settings.FORMER_HOSTS}
        self.targets = Targets(OldFiles(images), site.hosts | ours, document_url=self.document_url)
        rows = Imported.objects.filter(source=site.source).select_related(*ROWS)
        self.memory = {(one.kind, one.old_id): one for one in rows}
        runs = Imported.objects.filter(dump=dump).aggregate(Max("run"))["run__max"]
        self.run_number = runs or (Imported.objects.aggregate(Max("run"))["run__max"] or 0) + 1
        self.results, self.aside, self.pictures = [], {}, 0
        self.slugs = self.planned_slugs()
        for article in self.articles:
            address = self.address(article)
            for key in old_addresses(article):
                self.targets.by_key.setdefault(key, address)

    def planned_slugs(self):
        """Return {article id: (slug, flags)}: the old address's last part, where it is free."""
        slugs = {}
        taken = {
            Post: RESERVED_POST_SLUGS | set(Post.objects.values_list("slug", flat=True)),
            Page: RESERVED_PAGE_SLUGS | set(Page.objects.values_list("slug", flat=True)),
        }
        for article in self.articles:
            model = post_or_page(article)
            known = self.memory.get((Imported.Kind.ARTICLE, article.id))
            if known and isinstance(known.row, model):
                slugs[article.id] = known.row.slug, set(known.flags.split()) & SLUG_FLAGS
                continue
            whole = slug_of(article.menu_alias or article.alias) or slug_of(article.title) or "text"
            base, flags = whole, set()
            if len(whole) > SLUG_LENGTH:
                base = whole[: SLUG_LENGTH - 5].rpartition("-")[0] or whole[: SLUG_LENGTH - 5]
                flags.add("slug_too_long")
            if model is Page and base in taken[Page] and (page := untouched_page(base)):
                self.aside[article.id] = page
                flags.add("moved_aside")
                taken[Page].discard(base)
            candidates = chain([base], (f"{base[: SLUG_LENGTH - 5]}-{number}" for number in count(2)))
            slug = next(one for one in candidates if one not in taken[model])
            taken[model].add(slug)
            slugs[article.id] = slug, flags | ({"slug_taken"} if slug != base else set())
        return slugs

    def address(self, article):
        name = "page" if post_or_page(article) is Page else "news:post"
        return reverse(name, args=[self.slugs[article.id][0]])

    def run(self, progress=lambda done, all_of_them: None):
        """Take in what is new and what has changed there and not here, an article a transaction."""
        if self.writes:
            self.save_categories()
            self.save_other_addresses()
            save_contacts(self)
        for number, article in enumerate(self.articles, start=1):
            progress(number, len(self.articles))
            self.results.append(self.take_in(article))
        return Counter(result for _, result, _, _ in self.results)

    def take_in(self, article):
        """Return a line of `results` for an article, after saving it where that is to be done."""
        old = self.memory.get((Imported.Kind.ARTICLE, article.id))
        self.article, self.flags = article, set()
        self.documents_made, self.picture_addresses, self.linked = {}, {}, []
        try:
            with transaction.atomic(), stored_or_deleted():
                text = convert(article, self.targets, is_page=post_or_page(article) is Page)
                self.pictures += len(text.pictures)
                text.flags |= self.slugs[article.id][1] | self.flags
                now = digest([*self.said(text), article.published_at, article.expires_at, article.updated_at])
                result = self.what_to_do(old, now)
                if result in (NEW, CHANGED) and self.writes:
                    self.save(article, text, old or self.remembered(Imported.Kind.ARTICLE, article.id), now)
        except BaseException as error:
            for key, file in self.documents_made.items():
                del self.memory[key]
                file.storage.delete(file.name)
            if not isinstance(error, (DatabaseError, ValidationError, ValueError)):
                raise
            return article, FAILED, set(), ""
        return article, result, text.flags, self.address(article)

    def said(self, text):
        """Return what of a Converted text makes it another one."""
        names = self.targets.files.names
        pictures = [(names[one.path], one.alt, one.caption) for one in text.pictures]
        return text.title, text.lead, text.body, text.byline, pictures

    def what_to_do(self, old, source_digest):
        if old is None:
            return NEW
        if old.row is None:
            return DELETED
        if old.source_digest == source_digest:
            return SAME
        return CHANGED if old.is_untouched else EDITED

    def remembered(self, kind, key):
        """Return a new row of the memory, unsaved."""
        return Imported(source=self.site.source, kind=kind, old_id=key, dump=self.dump, run=self.run_number)

    def save(self, article, text, memory, source_digest):
        row = memory.row or post_or_page(article)()
        if page := self.aside.get(article.id):
            self.move_aside(page)
            memory.moved_aside = page
        row.slug, row.title, row.body = self.slugs[article.id][0], text.title, text.body
        if isinstance(row, Post):
            row.lead, row.byline, row.category = text.lead, text.byline, self.category_of(article)
            self.take_picture(row, text.pictures.pop(0) if text.pictures else None, text)
        else:
            row.in_menu = any(path.count("/") == 1 for path in article.paths)
        row.save()
        for old in row.pictures.all():
            old.delete()
            transaction.on_commit(partial(delete_picture, old.image.storage, old.image.name))
        for number, old in enumerate(text.pictures, start=row.first_picture):
            picture = Picture(number=number, **{row._meta.model_name: row})
            if self.take_picture(picture, old, text):
                picture.save()
        row.attachments.all().delete()
        for order, document in enumerate(dict.fromkeys(self.linked)):
            Attachment.objects.create(document=document, order=order, **{row._meta.model_name: row})
        type(row)._base_manager.filter(pk=row.pk).update(updated_at=article.updated_at or timezone.now())
        setattr(memory, row._meta.model_name, row)
        memory.was, memory.flags = article.was, f" {' '.join(sorted(text.flags))} "
        memory.published_at, memory.updated_at = article.published_at, article.updated_at
        memory.expires_at, memory.taken_at = article.expires_at, timezone.now()
        memory.old_text = f"{article.intro}\n{article.full}"
        memory.source_digest, memory.own_digest = source_digest, digest_of(row)
        paths = old_addresses(article) if article.was != "draft" else []
        leads = {path: row.get_absolute_url() for path in paths} | self.picture_addresses
        memory.old_paths = self.redirect(leads, memory)
        memory.save()

    def take_picture(self, row, old, text):
        """Store a picture in the place of the one before, and tell whether; a flag where it is refused."""
        if row.image:
            transaction.on_commit(partial(delete_picture, row.image.storage, row.image.name))
        row.image, row.image_alt, row.image_caption = "", "", ""
        if old is None:
            return False
        try:
            with old.path.open("rb") as file:
                row.image.save(old.path.name, File(file), save=False)
        except (ValidationError, OSError):
            text.flags.add("file_refused")
            return False
        row.image_alt, row.image_caption = old.alt, old.caption
        self.picture_addresses[f"/{self.targets.files.names[old.path]}"] = row.image.url
        return True

    def move_aside(self, page):
        """Give a page that is here another address; its own leads there until the old one is public."""
        old = page.slug
        taken = set(Page.objects.filter(slug__startswith=old).values_list("slug", flat=True))
        page.slug = next(slug for number in count(2) if (slug := f"{old}-{number}") not in taken)
        Page.objects.filter(pk=page.pk).update(slug=page.slug)
        if page.published_at:
            redirect_old_slug(old, page.slug, "page")

    def document_url(self, path):
        """Return the address of the document that a file of the old site becomes, None for other files."""
        if path.suffix.lower() != ".pdf":
            return None
        name = self.targets.files.names[path][:250]
        memory = self.memory.get((Imported.Kind.FILE, name))
        if memory is None and self.writes:
            memory = self.take_in_document(path, name)
        if memory and memory.document:
            self.linked.append(memory.document)
            return memory.document.get_absolute_url()
        would_be = reverse("documents:document", args=[slug_of(path.stem) or "text"])
        return None if memory or self.writes else would_be

    def take_in_document(self, path, name):
        """Return the memory of a PDF that is now a draft; None and a flag where it is refused."""
        day = timezone.localdate(self.article.published_at or timezone.now())
        title = path.stem.replace("_", " ").strip()[:150] or "Dokument"
        kind = next((kind for kind in Document.Kind if kind.value in title.lower()), Document.Kind.OTHER)
        document = Document(title=title[:1].upper() + title[1:], day=day, kind=kind)
        try:
            with path.open("rb") as file:
                document.file.save(path.name, File(file), save=False)
        except (ValidationError, OSError):
            self.flags.add("file_refused")
            return None
        self.documents_made[Imported.Kind.FILE, name] = document.file
        self.memory[Imported.Kind.FILE, name] = memory = self.remembered(Imported.Kind.FILE, name)
        document.save()
        memory.document, memory.was = document, self.article.was
        memory.published_at, memory.own_digest = self.article.published_at, digest_of(document)
        memory.old_paths = self.redirect({f"/{name}": document.get_absolute_url()}, memory)
        memory.save()
        return memory

    def category_of(self, article):
        memory = article.category and self.memory.get((Imported.Kind.CATEGORY, article.category.id))
        return memory.category if memory else None

    def save_categories(self):
        """Make the categories of the posts that come, or find those that are here."""
        posts = [one for one in self.articles if one.category and post_or_page(one) is Post]
        used = {one.category.id: one.category for one in posts}
        for key, old in used.items():
            if (Imported.Kind.CATEGORY, key) in self.memory:
                continue
            with transaction.atomic():
                memory = self.remembered(Imported.Kind.CATEGORY, key)
                name = single_spaced(old.title)[:50] or "Utan namn"
                memory.category = Category.objects.filter(name__iexact=name).first()
                if memory.category is None:
                    memory.category = Category.objects.create(name=name)
                    memory.own_digest = digest_of(memory.category)
                keys = [category_key(key)] if key.removeprefix("s").isdecimal() else []
                if path := self.site.category_paths.get(key):
                    # The number in a list's address is not that of an article.
                    keys += [path, f"{path.rpartition('/')[0]}/{key}-{old.alias}"]
                url = memory.category.get_absolute_url()
                memory.old_paths = self.redirect(dict.fromkeys(keys, url), memory)
                memory.save()
                self.memory[memory.kind, key] = memory

    def save_other_addresses(self):
        """Let the old contact page, lists without posts and the old site's own redirects lead on."""
        key = (Imported.Kind.SITE, "")
        memory = self.memory.get(key) or self.remembered(*key)
        leads = dict.fromkeys(
            [*self.site.contact_paths, component_key("com_contact")], reverse("contacts:list")
        )
        leads |= {
            path: reverse("news:list")
            for number, path in self.site.category_paths.items()
            if (Imported.Kind.CATEGORY, number) not in self.memory
        }
        for old, new in self.site.redirects:
            path, query = self.targets.old_address(old) or ("", "")
            there = self.targets.old_address(new)
            known = {**leads, **self.targets.by_key}
            target = there and next((known[one] for one in keys_of(*there) if one in known), there[0])
            if path and not query:
                leads[path] = target or new
        with transaction.atomic():
            memory.old_paths = self.redirect(leads, memory)
            memory.save()
        self.memory[key] = memory

    def redirect(self, leads, memory):
        """Make a Redirect for each {old path: address here} that has none; return the old paths made."""
        usable = {
            old: new
            for old, new in leads.items()
            if len(old) < LONGEST_PATH and len(new) <= LONGEST_PATH and new not in spellings(old)
        }
        known = set(Redirect.objects.filter(old_path__in=usable).values_list("old_path", flat=True))
        made = [Redirect(old_path=old, target=new) for old, new in usable.items() if old not in known]
        Redirect.objects.bulk_create(made)
        kept = [old for old in memory.old_paths if old in known]
        return [*kept, *(one.old_path for one in made)]


def old_addresses(article):
    """Return the old_paths of an article: those where it was, and its number if that is known."""
    return [*article.paths, *([article_key(article.id)] if article.id.isdecimal() else [])]


def post_or_page(article):
    return Post if article.menu_alias is None else Page


def untouched_page(slug):
    """Return the page at `slug` if nobody has edited it here: then it is one of the starter content."""
    page = Page.objects.filter(slug=slug, imported=None).first()
    return page if page and not Version.objects.get_for_object(page).exists() else None

import re

from django.conf import settings
from django.core.signing import BadSignature
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.functional import cached_property
from django.views import View
from django.views.generic import DetailView, ListView

from common.page_cache import memo
from common.page_cache.compiled_queries import NOW, Given, compiled
from common.page_cache.content_version import read_version
from common.publishing.models import Proposal, share_signer
from common.publishing.proposals import proposed_row
from contacts.directory import cards_in
from contacts.models import Area, PostalAddress
from documents.models import Document
from news.calendar.files import subscriptions
from news.calendar.occurrences import current_dates, give_dates
from news.lists.archive import categories, post_years
from news.lists.found import MOST_PEOPLE, find
from news.lists.paging import POSTS_PER_PAGE, NewsList, PostList
from news.models import Page, Post
from news.notice import qr_code, text_on_paper, title_size
from news.search import Query, Results


class PostListView(ListView):
    """Current news, newest first, ten on a page."""

    template_name = "news/post_list.html"
    context_object_name = "posts"
    paginate_by = POSTS_PER_PAGE
    page_kwarg = "sida"
    query_parameters = ("sida",)
    heading = "Nyheter"
    description = "Vad som är nytt, de nyaste nyheterna först."

    def get_queryset(self):
        return NewsList()

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            heading=self.heading,
            description=self.description,
            is_news=type(self) is not PostListView,
            years=post_years(),
            categories=self.categories,
            **kwargs,
        )

    @cached_property
    def categories(self):
        return categories()


class CategoryView(PostListView):
    @cached_property
    def category(self):
        found = (category for category in self.categories if category.slug == self.kwargs["slug"])
        if category := next(found, None):
            return category
        raise Http404("No such category")

    @property
    def heading(self):
        return self.category.name

    @property
    def description(self):
        return f"Nyheter i kategorin {self.category}, de nyaste först."

    def get_queryset(self):
        category = self.category
        return PostList(("category", category.pk), lambda: Post.objects.current().filter(category=category))

    def get_context_data(self, **kwargs):
        return super().get_context_data(category=self.category, **kwargs)


class YearView(PostListView):
    """What was published in a year, expired posts too: it is the archive."""

    @property
    def heading(self):
        return f"Nyheter från {self.kwargs['year']}"

    @property
    def description(self):
        return f"Alla nyheter som publicerades {self.kwargs['year']}, de nyaste först."

    def get_queryset(self):
        year = self.kwargs["year"]
        return PostList(("year", year), lambda: Post.objects.published().filter(published_at__year=year))

    def get_context_data(self, **kwargs):
        context = super().get_context_data(year=self.kwargs["year"], **kwargs)
        if not context["posts"]:  # or every year that anybody thinks of would be a page
            raise Http404("No posts that year")
        return context


class AreaListView(ListView):
    """The areas in their order; nothing is there while the branch has none."""

    template_name = "news/area_list.html"
    model = Area
    allow_empty = False
    query_parameters = ()


class AreaView(ListView):
    """What is about one area: its news in pages, and on the first of them the rest."""

    template_name = "news/area.html"
    context_object_name = "posts"
    paginate_by = POSTS_PER_PAGE
    page_kwarg = PostListView.page_kwarg
    query_parameters = PostListView.query_parameters

    @cached_property
    def area(self):
        return get_object_or_404(Area, slug=self.kwargs["slug"])

    def get_queryset(self):
        return PostList(("area", self.area.pk), lambda: Post.objects.current().filter(areas=self.area))

    def get_context_data(self, **kwargs):
        context = super().get_context_data(area=self.area, **subscriptions(self.area), **kwargs)
        if context["page_obj"].number == 1:
            keys = {*self.area.posts.filter(occurrences__isnull=False).values_list("pk", flat=True)}
            coming = [one for one in current_dates() if one.post_id in keys and not one.is_past]
            context["coming"] = coming
            context["documents"] = self.area.documents.current().defer("text")
        return context | {"cards": cards_in(self.area)}


class SearchView(ListView):
    """What `?q=` finds on public pages, expired posts too. Never kept, never indexed."""

    template_name = "news/search.html"
    context_object_name = "posts"
    paginate_by = POSTS_PER_PAGE
    page_kwarg = PostListView.page_kwarg

    def get(self, request):
        with memo.at_content_version(read_version()):  # the page is not stored, but what many pages share is
            return super().get(request).render()

    @cached_property
    def query(self):
        return Query(self.request.GET.get("q", ""))

    @cached_property
    def year(self):
        """The year that posts are looked for in, or None for all."""
        text = self.request.GET.get("ar", "")
        return int(text) if re.fullmatch("[12][0-9]{3}", text) else None

    def get_queryset(self):
        return Results(self.found.posts, self.found.published.with_dates())

    @cached_property
    def found(self):
        return find(self.query, self.year)

    def get_context_data(self, **kwargs):
        found = self.found
        context = super().get_context_data(
            query=found.query,
            typed=self.query,
            found=found,
            is_wider=found.is_wider,
            MOST_PEOPLE=MOST_PEOPLE,
            **kwargs,
        )
        if self.year or (context["is_paginated"] and not found.is_wider):
            return context | {"years": post_years(), "year": self.year}
        return context | {"categories": categories()}

    def render_to_response(self, context, **kwargs):
        response = super().render_to_response(context, **kwargs)
        response.headers["Cache-Control"] = "private, no-cache"
        response.headers["X-Robots-Tag"] = "noindex"
        return response


NOT_ON_ITS_PAGE = [
    "search_text", "share_key", "shared_until", "created_at", "pinned_until", "important_until", "author",
    "guid",
]  # fmt: skip


@compiled
def published_posts():
    posts = Post.objects.published(NOW).filter(slug=Given("slug")).select_related("category")
    posts = posts.with_has("occurrences", "pictures", "attachments", "translations", "areas")
    return posts.with_neighbours(NOW).defer(*NOT_ON_ITS_PAGE).order_by()


def published_post(slug):
    """Return the Post, or raise Http404."""
    for post in published_posts(slug=slug):
        if post.has_occurrences and not post.is_expired:
            give_dates([post], current_dates())
        return post
    raise Http404("No such post")


class PostView(DetailView):
    template_name = "news/post.html"
    context_object_name = "post"
    query_parameters = ()

    def get_object(self):
        return published_post(self.kwargs["slug"])

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            share_url=settings.SITE_URL + self.object.get_absolute_url(),
            **kwargs,
        )


class NoticeView(DetailView):
    """A post on one A4 sheet in large type, for the door of a stairwell."""

    template_name = "news/notice.html"
    context_object_name = "post"
    query_parameters = ()

    def get_object(self):
        return published_post(self.kwargs["slug"])

    def get_context_data(self, **kwargs):
        post = self.object
        url = settings.SITE_URL + post.get_absolute_url()
        return super().get_context_data(
            title_size=title_size(post.title),
            text=text_on_paper(post.body),
            address=url.partition("://")[2],
            qr=qr_code(url),
            postal_address=PostalAddress.objects.first(),
            **kwargs,
        )


class DraftView(View):
    """A draft or a proposal by the link that somebody shared: no login, no cache, no search engine.

    A draft's holds a few days, a proposal's while it waits.
    """

    kinds = {  # by share_prefix; a post's is "", so it comes last
        Page.share_prefix: (Page, "news/page.html", "page"),
        Document.share_prefix: (Document, "documents/document.html", "document"),
        Post.share_prefix: (Post, "news/post.html", "post"),
    }

    def get(self, request, signed):
        try:
            name = share_signer.unsign(signed)
        except BadSignature:
            raise Http404("Not a link of ours") from None
        prefix = next(prefix for prefix in self.kinds if name.startswith(prefix))
        model, template, context_name = self.kinds[prefix]
        key, _, share_key = name.removeprefix(prefix).partition("-")
        row = model.objects.with_visibility().filter(pk=key).first()
        proposal = Proposal.objects.of_row(row) if row else None
        if proposal and proposal.share_key == share_key:
            context = {context_name: proposed_row(row, proposal), "is_draft": True, "is_proposal": True}
            response = render(request, template, context)
        elif row and row.is_published:
            return HttpResponseRedirect(row.get_absolute_url())
        elif row and row.is_shared and row.share_key == share_key:
            response = render(request, template, {context_name: row, "is_draft": True})
        else:
            response = render(request, "news/draft_gone.html", status=410)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex"
        return response


class PageView(DetailView):
    template_name = "news/page.html"
    context_object_name = "page"
    query_parameters = ()

    def get_queryset(self):
        return Page.objects.published().with_has("pictures", "attachments", "translations")

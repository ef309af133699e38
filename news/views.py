from django.conf import settings
from django.core.signing import BadSignature
from django.db.models import F
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.utils.functional import cached_property
from django.views import View
from django.views.generic import DetailView, ListView

from contacts.directory import panel
from contacts.models import PostalAddress
from news.archive import categories, years
from news.models import Category, Page, Post, share_signer
from news.notice import Notice
from news.paging import PER_PAGE, NewsList, PostList
from news.prepared import NOW, Given, Prepared
from news.search import Query, Results, search, search_wider


class PostListView(ListView):
    """Current news, newest first, ten on a page."""

    template_name = "news/post_list.html"
    context_object_name = "posts"
    paginate_by = PER_PAGE
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
            years=years(),
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


class SearchView(ListView):
    """What `?q=` finds among published posts, expired ones too. Never kept, never indexed."""

    template_name = "news/search.html"
    context_object_name = "posts"
    paginate_by = PER_PAGE
    page_kwarg = PostListView.page_kwarg

    @cached_property
    def query(self):
        return Query(self.request.GET.get("q", ""))

    def get_queryset(self):
        posts = Post.objects.published()
        found = search(self.query, posts)
        self.is_wider = bool(self.query) and not found
        if self.is_wider:
            found = search_wider(self.query, posts)
        return Results(found, posts)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(query=self.query, is_wider=self.is_wider, **kwargs)
        if not (self.is_wider and context["posts"]):  # that page has asked the database enough
            context["categories"] = Category.objects.all()
        return context

    def render_to_response(self, context, **kwargs):
        response = super().render_to_response(context, **kwargs)
        response.headers["Cache-Control"] = "private, no-cache"
        response.headers["X-Robots-Tag"] = "noindex"
        return response


@Prepared
def published_post():
    posts = Post.objects.published(NOW).filter(slug=Given("slug")).with_neighbours(NOW)
    posts = posts.annotate(category_name=F("category__name"), category_slug=F("category__slug"))
    return posts.defer("search_text", "share_key", "shared_until", "created_at", "pinned_until").order_by()


class PostView(DetailView):
    template_name = "news/post.html"
    context_object_name = "post"
    query_parameters = ()

    def get_object(self):
        """Return the Post with its neighbours and its category."""
        for post in published_post(slug=self.kwargs["slug"]):
            if post.category_id:
                post.category = Category(post.category_id, post.category_name, post.category_slug)
            return post
        raise Http404("No such post")

    def get_context_data(self, **kwargs):
        share_url = settings.SITE_URL + self.object.get_absolute_url()
        return super().get_context_data(panel=panel(), share_url=share_url, **kwargs)


class NoticeView(DetailView):
    """A post on one A4 sheet in large type, for the door of a stairwell."""

    template_name = "news/notice.html"
    context_object_name = "post"
    query_parameters = ()

    def get_queryset(self):
        return Post.objects.published()

    def get_context_data(self, **kwargs):
        url = settings.SITE_URL + self.object.get_absolute_url()
        return super().get_context_data(
            notice=Notice(self.object, url), postal_address=PostalAddress.objects.first(), **kwargs
        )


class DraftView(View):
    """A draft by the link that somebody shared: no login, no cache, no search engine, a few days."""

    def get(self, request, signed):
        try:
            key, _, share_key = share_signer.unsign(signed).partition("-")
        except BadSignature:
            raise Http404("Not a link of ours") from None
        post = Post.objects.filter(pk=key).select_related("category").with_visibility().first()
        if post and post.is_published:
            return HttpResponseRedirect(post.get_absolute_url())
        if post and post.is_shared and post.share_key == share_key:
            response = render(request, "news/post.html", {"post": post, "panel": panel(), "is_draft": True})
        else:
            response = render(request, "news/draft_gone.html", status=410)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex"
        return response


class PageView(DetailView):
    template_name = "news/page.html"
    context_object_name = "page"
    model = Page
    query_parameters = ()

    def get_context_data(self, **kwargs):
        return super().get_context_data(panel=panel(), **kwargs)

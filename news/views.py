from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from django.views.generic import DetailView, ListView

from contacts.directory import panel
from news.models import Category, Page, Post


class PostListView(ListView):
    """Current news, newest first, ten on a page."""

    template_name = "news/post_list.html"
    context_object_name = "posts"
    paginate_by = 10
    page_kwarg = "sida"
    heading = "Nyheter"

    def get_queryset(self):
        return Post.objects.current().select_related("category").newest_first()

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            heading=self.heading,
            years=Post.objects.current().dates("published_at", "year", order="DESC"),
            categories=Category.objects.all(),
            **kwargs,
        )


class CategoryView(PostListView):
    @cached_property
    def category(self):
        return get_object_or_404(Category, slug=self.kwargs["slug"])

    @property
    def heading(self):
        return self.category.name

    def get_queryset(self):
        return super().get_queryset().filter(category=self.category)


class YearView(PostListView):
    """What was published in a year, expired posts too: it is the archive."""

    @property
    def heading(self):
        return f"Nyheter från {self.kwargs['year']}"

    def get_queryset(self):
        posts = Post.objects.published().filter(published_at__year=self.kwargs["year"])
        return posts.select_related("category").newest_first()

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        if not context["posts"]:  # or every year that anybody thinks of would be a page
            raise Http404("No posts that year")
        return context


class PostView(DetailView):
    template_name = "news/post.html"
    context_object_name = "post"

    def get_queryset(self):
        return Post.objects.published().select_related("category")

    def get_context_data(self, **kwargs):
        return super().get_context_data(panel=panel(), **kwargs)


class PageView(DetailView):
    template_name = "news/page.html"
    context_object_name = "page"
    model = Page

    def get_context_data(self, **kwargs):
        return super().get_context_data(panel=panel(), **kwargs)

"""A long list of posts in pages, the last one as quick as the first."""

from django.core.paginator import Paginator
from django.utils.functional import cached_property

from contacts.per_version import once
from news.models import Post


class PostPaginator(Paginator):
    """Counts once per site version; which posts are on a page an index tells alone, however far down."""

    name = ()  # what the list is of, for the count

    @cached_property
    def count(self):
        return once(("posts", *self.name), self.object_list.count)

    def page(self, number):
        """Return a Page of Posts with their categories, the newest first."""
        page = super().page(number)
        posts = Post.objects.filter(pk__in=page.object_list.values("pk"))
        page.object_list = posts.select_related("category").defer("search_text").newest_first()
        return page

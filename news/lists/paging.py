"""A long list of posts in pages: the first one quick, the last one hardly slower."""

from common.page_cache import memo
from common.page_cache.compiled_queries import NOW, compiled
from news.calendar.occurrences import current_dates, give_dates
from news.models import Post

POSTS_PER_PAGE = 10
FAR_DOWN = 100  # posts; until there it is quicker to read past them

# What includes/post_list.html shows; any other field would cost a query for each post.
LISTED_FIELDS = [
    "title", "slug", "lead", "body", "image", "image_width", "image_height", "published_at", "expires_at",
    "language",
]  # fmt: skip


@compiled
def newest_posts():
    return Post.objects.current(NOW).newest_first().only(*LISTED_FIELDS)[:POSTS_PER_PAGE]


@compiled
def oldest_posts():
    return Post.objects.current(NOW).order_by("published_at", "id").only(*LISTED_FIELDS)[:POSTS_PER_PAGE]


class PostList:
    """Posts for a Paginator, the newest first, with what a list shows; counted once per content version."""

    ordered = True  # or Paginator warns

    def __init__(self, name, make):
        """`name`: of what, in a tuple; `make`: a function that returns the queryset."""
        self.name = name
        self.make = make

    def count(self):
        return memo.get_or_set(("posts", *self.name), lambda: self.make().count())

    def __getitem__(self, part):
        posts = self.make()
        if part.start < FAR_DOWN:
            posts = posts.newest_first()[part]
        else:  # there an index alone tells which they are, read from the nearer end of it
            count = self.count()
            from_oldest = slice(max(count - part.stop, 0), max(count - part.start, 0))
            is_nearer = from_oldest.start < part.start
            posts = (
                posts.order_by("published_at", "id")[from_oldest] if is_nearer else posts.newest_first()[part]
            )
            posts = Post.objects.filter(pk__in=posts.values("pk")).newest_first()
        return posts.only(*LISTED_FIELDS).with_dates()


class NewsList(PostList):
    """All current news. The pages near its ends, which are read most, take the least."""

    def __init__(self):
        super().__init__(("current",), Post.objects.current)

    def __getitem__(self, part):
        if part.start < FAR_DOWN:
            return give_dates(newest_posts(offset=part.start), current_dates())
        from_oldest = max(self.count() - part.stop, 0)  # posts may be gone since pages were counted
        if from_oldest >= FAR_DOWN:
            return super().__getitem__(part)
        posts = oldest_posts(offset=from_oldest)[: part.stop - part.start]
        return give_dates(posts[::-1], current_dates())

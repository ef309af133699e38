"""A long list of posts in pages: the first one quick, the last one hardly slower."""

from contacts.per_version import once
from news.models import Post
from news.prepared import NOW, Prepared

PER_PAGE = 10
FAR_DOWN = 100  # posts; until there it is quicker to read past them

# What includes/post_list.html shows; any other field would cost a query for each post.
LISTED = [
    "title", "slug", "lead", "body", "image", "image_width", "image_height", "published_at", "expires_at",
]  # fmt: skip


@Prepared
def newest_posts():
    return Post.objects.current(NOW).newest_first().only(*LISTED)[:PER_PAGE]


class PostList:
    """Posts for a Paginator, the newest first, with what a list shows; counted once per site version."""

    ordered = True  # or Paginator warns

    def __init__(self, name, make):
        """`name`: of what, in a tuple; `make`: a function that returns the queryset."""
        self.name = name
        self.make = make

    def count(self):
        return once(("posts", *self.name), lambda: self.make().count())

    def __getitem__(self, part):
        posts = self.make().newest_first()[part]
        if part.start >= FAR_DOWN:  # there an index alone tells which they are
            posts = Post.objects.filter(pk__in=posts.values("pk")).newest_first()
        return posts.only(*LISTED)


class NewsList(PostList):
    """All current news; the first page, which is read most, by a prepared query."""

    def __init__(self):
        super().__init__(("current",), Post.objects.current)

    def __getitem__(self, part):
        return newest_posts() if part.start == 0 else super().__getitem__(part)

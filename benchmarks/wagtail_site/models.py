from django.core.paginator import Paginator
from django.db import models
from wagtail.fields import RichTextField
from wagtail.models import Page


class Person(models.Model):
    name = models.CharField(max_length=100)
    role = models.CharField(max_length=100)
    phone = models.CharField(max_length=20)
    order = models.IntegerField()

    class Meta:
        ordering = ["order"]

    def __str__(self):
        return self.name


class WithPeople(Page):
    class Meta:
        abstract = True

    def get_context(self, request, *args, **kwargs):
        return {**super().get_context(request, *args, **kwargs), "people": Person.objects.all()}


class NewsIndexPage(WithPeople):
    template = "list.html"

    def get_context(self, request, *args, **kwargs):
        posts = NewsPage.objects.live().public().descendant_of(self).order_by("-published_at")
        page = Paginator(posts, 10).get_page(request.GET.get("sida"))
        return {**super().get_context(request, *args, **kwargs), "posts": page}


class NewsPage(WithPeople):
    template = "post.html"
    lead = models.TextField()
    body = RichTextField()
    published_at = models.DateTimeField(db_index=True)


class ContactPage(WithPeople):
    template = "contact.html"

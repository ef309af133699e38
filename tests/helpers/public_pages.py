"""Every kind of page that the public can ask for."""

from django.urls import reverse

from contacts.reveal import button_for


def public_pages(content):
    """An address of every kind that the public can ask for, by the name of its URL pattern."""
    post, person = content["post"], content["holder"].person
    return {
        "start": reverse("start"),
        "news:list": reverse("news:list"),
        "news:category": content["category"].get_absolute_url(),
        "news:year": reverse("news:year", args=[post.published_at.year]),
        "news:post": post.get_absolute_url(),
        "news:notice": reverse("news:notice", args=[post.slug]),
        "areas": reverse("areas"),
        "area": content["area"].get_absolute_url(),
        "search": f"{reverse('search')}?q={post.title.split()[0]}",
        "contacts:list": reverse("contacts:list"),
        "contacts:email": button_for(person).url,
        "page": content["page"].get_absolute_url(),
        "calendar": reverse("calendar"),
        "documents:list": reverse("documents:list"),
        "documents:document": content["document"].get_absolute_url(),
    }

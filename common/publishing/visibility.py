"""What residents see of a text now, said in one sentence to the one who writes it."""

from enum import StrEnum

from common.clock import day_and_time, until
from common.swedish import day_text


class Visibility(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    CURRENT = "current"
    EXPIRED = "expired"


def visibility_of(post):
    """Return the Visibility of a row from PublishableQuerySet.with_visibility(), or of one not saved yet."""
    if getattr(post, "is_current", False):
        return Visibility.CURRENT
    if getattr(post, "is_published", False):
        return Visibility.EXPIRED
    return Visibility.DRAFT if post.published_at is None else Visibility.SCHEDULED


def visibility_sentence(post):
    """Return what residents see: "Syns sedan 3 mars 2026", "Utkast: syns inte" …, and until when.

    In a form that was refused, `post` may have lost the date that it has in the database.
    """
    end = f", gäller {until(post.expires_at)}" if post.expires_at else ""
    match visibility_of(post):
        case Visibility.DRAFT:
            return "Utkast: syns inte"
        case Visibility.SCHEDULED:
            return f"Publiceras {day_and_time(post.published_at)}{end}"
        case Visibility.CURRENT:
            return (f"Syns sedan {day_text(post.published_at)}" if post.published_at else "Syns") + end
        case Visibility.EXPIRED:
            return f"Gäller inte längre{f' sedan {day_text(post.expires_at)}' if post.expires_at else ''}"

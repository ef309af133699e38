"""What residents see of a post now, said in one sentence to the one who writes it."""

from enum import StrEnum

from news.clock import day, day_and_time


class State(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PUBLIC = "public"
    EXPIRED = "expired"


def state(post):
    """Return the State of a post from PostQuerySet.with_visibility(), or of one not saved yet."""
    if getattr(post, "is_current", False):
        return State.PUBLIC
    if getattr(post, "is_published", False):
        return State.EXPIRED
    return State.DRAFT if post.published_at is None else State.SCHEDULED


def sentence(post):
    """Return what residents see: "Syns sedan 3 mars 2026", "Utkast: syns inte" …"""
    match state(post):
        case State.DRAFT:
            return "Utkast: syns inte"
        case State.SCHEDULED:
            return f"Publiceras {day_and_time(post.published_at)}"
        case State.PUBLIC:
            return f"Syns sedan {day(post.published_at)}"
        case State.EXPIRED:
            return f"Gäller inte längre sedan {day(post.expires_at)}"

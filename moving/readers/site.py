"""What a reader finds on an old site: plain rows that no model knows, whatever kind of site it was."""

from dataclasses import dataclass, field
from datetime import UTC, datetime


class InvalidSource(Exception):
    """What is wrong with a file, and what to do: a sentence in Swedish."""


@dataclass
class OldCategory:
    id: str
    title: str
    alias: str = ""
    parent: str | None = None  # its id
    is_public: bool = True


@dataclass
class Contact:
    """Somebody on the old contact page, as it was typed."""

    id: str
    name: str
    role: str = ""
    phone: str = ""
    mobile: str = ""
    email: str = ""
    is_public: bool = True


@dataclass
class Article:
    id: str
    title: str
    alias: str
    intro: str = ""  # what stood before "Läs mer"
    full: str = ""
    category: OldCategory | None = None
    published_at: datetime | None = None
    expires_at: datetime | None = None
    updated_at: datetime | None = None
    byline: str = ""
    images: dict[str, str] = field(default_factory=dict)  # {"image_intro": address, "image_intro_alt": …}
    language: str = "*"
    state: int = 1  # 1 published, 2 archived, 0 unpublished, -2 in the bin
    is_public: bool = True
    has_author: bool = True
    shows_intro: bool = True
    has_pages: bool = False
    paths: list[str] = field(default_factory=list)  # where it was, from the first slash
    menu_alias: str | None = None  # "" where no public menu item leads to it; None: it is a post

    @property
    def was(self):
        """What the public saw: "published", "expired", "scheduled", "draft"; "skipped" is in the bin."""
        now = datetime.now(UTC)
        if self.state == -2:
            return "skipped"
        if self.state not in (1, 2) or not self.is_public:
            return "draft"
        if self.published_at and self.published_at > now:
            return "scheduled"
        return "expired" if self.expires_at and self.expires_at <= now else "published"


@dataclass
class OldSite:
    name: str  # what kind of source it is, for who reads
    source: str  # by which its rows are remembered
    zone: str = ""
    articles: list[Article] = field(default_factory=list)
    categories: dict[str, OldCategory] = field(default_factory=dict)
    contacts: list[Contact] = field(default_factory=list)
    category_paths: dict[str, str] = field(default_factory=dict)  # {id of a category: path}
    contact_paths: list[str] = field(default_factory=list)
    redirects: list[tuple[str, str]] = field(default_factory=list)  # [(old address, new)]
    hosts: set[str] = field(default_factory=set)  # without www

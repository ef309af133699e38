"""Finding a person in the register by a typed name, also when it is spelt otherwise or is not all of it."""

import unicodedata
from difflib import get_close_matches

CLOSE = 0.84  # "Anna Anderson" is close to "Anna Andersson", "Anders Andersson" is not


def name_key(name):
    """Return what makes two spellings the same name: no capitals, no spare spaces, no order of the words.

    Accents count: Åsa is not Asa, only close.
    """
    words = unicodedata.normalize("NFC", name).casefold().replace(",", " ").split()
    return " ".join(sorted(words))


def loose_key(name):
    """Return a name without all that people spell as they please: accents, capitals, hyphens, spaces."""
    plain = "".join(
        character for character in unicodedata.normalize("NFKD", name) if not unicodedata.combining(character)
    )
    return " ".join(plain.casefold().replace("-", " ").split())


def is_part(short, full):
    """Tell whether a loose_key is a part of another: "anna", "anna b" and "a. bjork" of "anna bjork".

    One word must be whole: "Ann" alone says too little.
    """
    words, whole = [word.strip(".,") for word in short.split()], full.split()
    starts = all(any(one.startswith(word) for one in whole) for word in words)
    return starts and any(word in whole for word in words)


def normalize_name(name):
    """Return a typed name in NFC, with single spaces."""
    return " ".join(unicodedata.normalize("NFC", name).split())


class PeopleByName:
    """The people there are, by name."""

    def __init__(self, people):
        self.by_key, self.by_loose_key = {}, {}
        for person in people:
            self.by_key.setdefault(name_key(person.name), []).append(person)
            self.by_loose_key.setdefault(loose_key(person.name), []).append(person)

    def same(self, name):
        """Return those whose name it is; more than one are namesakes."""
        return self.by_key.get(name_key(name), [])

    def close(self, name):
        """Return those who may be meant: nearly that name, or one it is a part of; the nearest first.

        At most five.
        """
        nearly = get_close_matches(loose_key(name), self.by_loose_key, n=5, cutoff=CLOSE)
        longer = [key for key in sorted(self.by_loose_key) if is_part(loose_key(name), key)]
        keys = dict.fromkeys([*nearly, *longer])
        return [person for key in keys for person in self.by_loose_key[key]][:5]

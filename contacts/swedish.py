"""Small rules of Swedish grammar and typography that the pages need."""

# The end of a title and what the definite form ends with: "ordförande" → "ordföranden".
DEFINITE_ENDINGS = {
    "ande": "anden",
    "are": "aren",
    "ör": "ören",
    "or": "orn",
    "ot": "oten",
    "ant": "anten",
    "ent": "enten",
    "ing": "ingen",
    "man": "mannen",
    "ist": "isten",
    "eg": "egen",
    "log": "logen",
}


def definite(title):
    """Return a role's title as running text names its holder, or "" where the rules do not reach.

    "Ordförande" → "ordföranden", "Vice ordförande" → "vice ordföranden"; a compound such as
    "Strateg & Processledare" has no simple definite form.
    """
    *before, last = title.lower().split() or [""]
    if before not in ([], ["vice"]) or not last.isalpha():
        return ""
    for ending, definite_ending in DEFINITE_ENDINGS.items():
        if last.endswith(ending):
            return " ".join([*before, last.removesuffix(ending) + definite_ending])
    return ""

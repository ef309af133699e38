"""What two lists have in common, in bounded time: difflib alone takes the cube of it where much repeats."""

from collections import Counter
from difflib import SequenceMatcher

MOST_STEPS = 10_000_000  # less than a second of difflib's work


class Matcher:
    """Compares lists for one page; when it has had MOST_STEPS of work, what differs differs as a whole."""

    def __init__(self):
        self.left = MOST_STEPS

    def opcodes(self, old, new, autojunk=False):
        """Return difflib's opcodes of two lists; all between their ends is "replace" when it is too much."""
        start = common_prefix_length(old, new)
        end = common_prefix_length(old[start:][::-1], new[start:][::-1])
        a, b = old[start : len(old) - end], new[start : len(new) - end]
        work = comparison_steps(a, b, autojunk)
        if work > self.left:
            found = [("replace", 0, len(a), 0, len(b))]
        else:
            self.left -= work
            found = SequenceMatcher(None, a, b, autojunk=autojunk).get_opcodes()
        found = [(kind, *(place + start for place in places)) for kind, *places in found]
        if start:
            found.insert(0, ("equal", 0, start, 0, start))
        if end:
            found.append(("equal", len(old) - end, len(old), len(new) - end, len(new)))
        return found


def common_prefix_length(old, new):
    """Return how many elements two lists begin with that are the same."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((number for number, (a, b) in pairs if a != b), min(len(old), len(new)))


def comparison_steps(old, new, autojunk):
    """Return a bound of difflib's work: for each match it goes through `old` and all pairs of equals."""
    counts = Counter(new)
    popular = len(new) // 100 + 1 if autojunk and len(new) >= 200 else len(new)  # difflib's own rule
    pairs = sum(counts[element] for element in old if counts[element] <= popular)
    return min(len(old), len(new)) * (len(old) + pairs)

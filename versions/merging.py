"""Three texts, the one that two people started from and what each made of it, brought together."""

from dataclasses import dataclass

from versions.matching import blocks


@dataclass(frozen=True)
class Region:
    """A stretch of the three lists. `base` is None when nobody knows what the two started from."""

    base: list | None
    theirs: list
    mine: list

    @property
    def is_conflict(self):
        return self.theirs != self.mine and self.base not in (self.theirs, self.mine)

    @property
    def result(self):
        """What both want, where they do not disagree."""
        return self.mine if self.theirs == self.base else self.theirs


def regions(base, theirs, mine):
    """Return the Regions of three lists of strings, in order; `base` may be None."""
    found, t, m, b = [], 0, 0, 0
    for start, at_theirs, at_mine, length in [*anchors(base, theirs, mine), end(base, theirs, mine)]:
        between = Region(None if base is None else base[b:start], theirs[t:at_theirs], mine[m:at_mine])
        found += split(between)
        if length:
            same = theirs[at_theirs : at_theirs + length]
            found.append(Region(same, same, same))
        b, t, m = start + length, at_theirs + length, at_mine + length
    return found


def split(region):
    """Return a stretch as Regions of one string each, where nobody added or took away any."""
    if region.base is not None and len(region.base) == len(region.theirs) == len(region.mine):
        ones = zip(region.base, region.theirs, region.mine, strict=True)
        return [Region([base], [theirs], [mine]) for base, theirs, mine in ones]
    return [region] if region.base or region.theirs or region.mine else []


def end(base, theirs, mine):
    return len(base or ()), len(theirs), len(mine), 0


def anchors(base, theirs, mine):
    """Yield (start in base, in theirs, in mine, length) of what is the same in all that are known."""
    if base is None:
        for at_theirs, at_mine, length in blocks(theirs, mine):
            yield 0, at_theirs, at_mine, length
        return
    in_mine = list(blocks(base, mine))
    for start, at_theirs, length in blocks(base, theirs):
        for other, at_mine, size in in_mine:
            first, last = max(start, other), min(start + length, other + size)
            if first < last:
                yield first, at_theirs + first - start, at_mine + first - other, last - first

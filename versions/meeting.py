"""What the later of two people in one form is asked, and what she chose."""

from dataclasses import dataclass, field

from versions.compare import Side

MINE, THEIRS, BOTH = "mine", "theirs", "both"
ALL = "all"  # the buttons that choose one whole


@dataclass
class Choice:
    """Something both have changed. `name` is unique among them."""

    name: str
    label: str
    theirs: Side
    mine: Side
    both: bool = False  # may be kept one after the other
    note: str = ""

    @property
    def key(self):
        """The name of its radio buttons, which no field of a form has."""
        return f"val:{self.name}"


@dataclass
class Meeting:
    """What the later one is shown: `choices` to make, and what was brought together (`told`)."""

    choices: list[Choice] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    differs: bool = False  # whether the form says anything else than the row
    chosen: dict = field(default_factory=dict)  # what was chosen, by key
    data: object = None  # the QueryDict of the form as it becomes
    is_decided: bool = True  # whether every choice has been made

    def ask(self, choice):
        """Note a choice to make; return what was chosen, "" before anything was."""
        self.choices.append(choice)
        chosen = self.chosen.get(ALL) or self.chosen.get(choice.key)
        if chosen in (MINE, THEIRS) or (chosen == BOTH and choice.both):
            return chosen
        self.is_decided = False
        return ""

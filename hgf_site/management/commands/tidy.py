"""The former name of purge, for timers that still call it; it goes with the next release."""

from hgf_site.management.commands.purge import Command as Command

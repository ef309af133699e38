"""What an e-mail address looks like in a text, as patterns: plain, with white space in it, or in words.

At most 64 octets stand before the @, and 63 in a label (RFC 5321, 4.5.3.1; RFC 1035, 2.3.4). All
repetitions are bounded or possessive, of white space too: that keeps the search linear.
"""

import re
import unicodedata
from functools import lru_cache

# Characters without a width: controls, and all that Unicode calls Default_Ignorable_Code_Point.
_INVISIBLE = re.compile(
    "[\\x00-\\x08\\x0e-\\x1f\\x7f-\\x9f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f"
    "\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb"
    "\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]"
)
_LOOKALIKES = dict(zip("＠﹫ⓐ．。｡․﹒\u2010\u2011\u00a0\u202f’‘ʼ", "@@@.....--  '''", strict=True))
# Full-width, circled and mathematical letters.
_STYLED = re.compile("[\\uff01-\\uff5e\\u24b6-\\u24e9\\U0001d400-\\U0001d7ff]")

# Nearly every text has nothing else: one fast search tells it.
_USUAL = "!-~\\u00a1-\\u00ac\\u00ae-\\u00ff–—”“…"
UNUSUAL = re.compile(rf"[^\t-\r {_USUAL}]")
# A text in parts: shown as it is, white space (as one space), and single characters to look at.
SEGMENT = re.compile(
    rf"(?P<usual>[{_USUAL}](?:[{_USUAL}]++| (?=[{_USUAL}]))*+)|(?P<space>\s++)|(?P<character>.)", re.DOTALL
)


@lru_cache(maxsize=1024)
def plain_character(character):
    """Return "" for a character without a width, and the plain one for what looks like it."""
    if _INVISIBLE.match(character):
        return ""
    styled = _STYLED.match(character)
    return _LOOKALIKES.get(character) or (unicodedata.normalize("NFKC", character) if styled else character)


# Marks that belong to the letter before them.
_MARKS = (
    "\\u0300-\\u036f\\u0591-\\u05c7\\u0610-\\u061a\\u064b-\\u065f\\u0670\\u0900-\\u0dff\\u0e31-\\u0e4e"
    "\\u1000-\\u109f\\u1780-\\u17d3"
)
_WORD = rf"[\w{_MARKS}"  # a class that is open
LOCAL_PART = rf"\w{_WORD}.+'-]{{0,63}}+"
_QUOTED = r"[\"“”][^\"“”]{1,64}[\"“”](?=@)"
DOMAIN_LABEL = rf"[^\W_](?:{_WORD}-]{{0,61}}(?:[^\W_]|[{_MARKS}]))?"
TLD = rf"(?:xn--[a-z0-9-]{{1,59}}|[^\W\d_](?:[^\W\d_]|[{_MARKS}]){{1,23}})"
# An ending that a domain surely has. Spellings that may be an ordinary sentence need one.
_KNOWN_TLD = (
    r"(?:se|nu|com|org|net|eu|info|biz|edu|gov|int|mil|name|pro|coop|museum|online|site|shop|club|email"
    r"|stockholm|io|co|me|tv|dev|app|no|dk|fi|is|ax|fo|gl|ee|lv|lt|de|at|ch|fr|nl|be|lu|es|pt|it|pl|cz|sk"
    r"|hu|ro|bg|gr|ie|uk|us|ca|au|nz|jp|cn|kr|ru|ua|tr|xn--[a-z0-9-]{1,59})"
    r"(?!-?\w|@|\.(?-i:[a-zà-ÿ0-9]))"
)

_WORDED_DOT = (
    r"(?:\s{0,3}[(\[{<]\s?(?:\.|dot|punkt)\s?[)\]}>]\s{0,3}|\s{1,3}(?:dot|punkt)\s{1,3}"
    r"|\s?[-_/|*~=]{1,2}(?:dot|punkt)[-_/|*~=]{1,2}\s?)"
)
_DOT = rf"(?:\.|{_WORDED_DOT})"
_SPACED_DOT = rf"(?:\s?\.\s?|{_WORDED_DOT})"
ANY_DOT = re.compile(rf"{_WORDED_DOT}|\s?\.\s?", re.IGNORECASE)

# A domain: as it should be; with white space at its dots; with any ending. "lokalen. Se mer" is none.
_KNOWN = (
    rf"(?:(?:{DOMAIN_LABEL}{_DOT})+{_KNOWN_TLD}"
    rf"|{DOMAIN_LABEL}(?:{_SPACED_DOT}{DOMAIN_LABEL}){{0,3}}?{_SPACED_DOT}(?-i:(?![A-Z][a-z])){_KNOWN_TLD})"
)
_ANY = rf"(?:{_KNOWN}|(?:{DOMAIN_LABEL}{_DOT})+{TLD})"

_AT_NAME = r"(?:snabel-?\s?a|alfakrull)"
_AT = rf"(?:@|\s{{0,3}}[(\[{{<]\s?(?:@|at|{_AT_NAME})\s?[)\]}}>]\s{{0,3}}|\s{{1,3}}{_AT_NAME}\s{{1,3}})"
_SIGNS_AT = rf"\s?[-_/|*~=]{{1,2}}(?:at|@|{_AT_NAME})[-_/|*~=]{{1,2}}\s?"
_WORD_AT = r"\s\*?at\*?\s"

SPELLED_ADDRESS = re.compile(
    rf"(?P<local1>{_QUOTED}|{LOCAL_PART})(?:"
    rf"{_AT}(?P<domain1>{_ANY})"
    rf"|{_WORD_AT}(?P<domain2>(?:{DOMAIN_LABEL}{_WORDED_DOT})+{TLD})"
    rf"|\s{{0,3}}[(\[{{]a[)\]}}]\s{{0,3}}(?P<domain3>(?:{DOMAIN_LABEL}\.)+{TLD})"
    rf"|(?P<perhaps>\s@\s?|@\s|{_WORD_AT})(?P<domain4>{_KNOWN}))"
    rf"|(?<![\w./@-])(?P<local2>{_WORD}.+']{{1,64}}?){_SIGNS_AT}(?P<domain5>{_KNOWN})"
    rf"|(?P<local3>\w{_WORD}'-]{{0,63}}+(?:\s\.\s{_WORD}'-]{{1,64}}+){{1,3}})\s?@\s?(?P<domain6>{_KNOWN})",
    re.IGNORECASE,
)
PLAIN_ADDRESS = re.compile(rf"{LOCAL_PART}@(?:{DOMAIN_LABEL}\.)+{TLD}", re.IGNORECASE)
KNOWN_TLD = re.compile(rf"\.{_KNOWN_TLD}$", re.IGNORECASE)

# Every spelling but "@" has a part of this, in lower case. They are searched for in every page, and what
# begins with plain letters is found ten times as fast.
AT_NAMES = ("snabel", "alfakrull", "(a)", "[a]", "{a}")
AT_IN_WORDS = re.compile(
    r"at[\s)\]}>*_/|~=-](?<=[\s(\[{<*_/|~=-]...)"
    r"(?=[\s)\]}>*_/|~=-]*+[\w-]{1,63}?[\s_-]*+[(\[{<|*~=/]{0,2}\s?(?:\.|dot|punkt))"
)

# Words before an "at" or "@" that are nobody's name: "Läs mer at hemsidan.se", "Följ oss @hyresgast.nu".
NO_NAMES = set(
    re.findall(
        r"\w+",
        """more us it them me you be is are was were book look read see find found available online here there
        up out in on and or live meet visit order apply register published page site website form start held
        open hosted listed now also at mer mera läs se oss på via med följ gilla tagga instagram facebook
        twitter tiktok threads youtube x linkedin som heter kontot från av ses syns träffas och eller""",
    )
)
ASKED_TO_WRITE = re.compile(
    r"(?:\b(?:e-?)?mail\w*|\bmejl\w*|\be-?post\w*|\badress\w*|\bskriv|\bkontakt\w*|\bcontact|\bwrite|\bto"
    r"|\btill|:)\s*$",
    re.IGNORECASE,
)
# Words before " at " that make it an ordinary sentence about a site, unless somebody is asked to write.
ABOUT_A_SITE = re.compile(
    r"\b(?:the|you|your|is|are|can|will|of|for|and|more|our|with|read|find|mer|mera|läs|finns|hittar)\b",
    re.IGNORECASE,
)

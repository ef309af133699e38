"""Reads a dump as mysqldump and phpMyAdmin write it, without a MySQL server, and not all of it at once."""

import gzip
import mmap
import re
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

from moving.readers.site import InvalidSource

SPACE = re.compile(rb"(?:\s++|--[^\n]*+(?:\n|\Z)|#[^\n]*+(?:\n|\Z)|/\*.*?\*/\s*+;?)*+", re.DOTALL)
QUOTED = rb"'(?:[^'\\]++|\\.|'')*+'|\"(?:[^\"\\]++|\\.|\"\")*+\"|`[^`]*+`"
STATEMENT = re.compile(rb"(?:[^;'\"`]++|%b)*+;" % QUOTED, re.DOTALL)
DELIMITER = re.compile(
    rb"DELIMITER[ \t]+\S+.*?^DELIMITER[ \t]+;[^\n]*", re.DOTALL | re.MULTILINE | re.IGNORECASE
)
CREATE = re.compile(rb"CREATE TABLE (?:IF NOT EXISTS )?`?([^`\s(]+)`?\s*\(", re.IGNORECASE)
COLUMN = re.compile(rb"^\s*`([^`]+)` ", re.MULTILINE)
INSERT = re.compile(
    rb"(?:INSERT|REPLACE)(?: IGNORE)? INTO `?([^`\s(]+)`?\s*(?:\(([^()]*)\))?\s*VALUES\s*", re.IGNORECASE
)
VALUE = re.compile(
    rb"\s*(?:(?:_binary\s*|_utf8(?:mb4)?\s*|N)?('(?:[^'\\]++|\\.|'')*+')|0x([0-9A-Fa-f]*)|([^,()'\s]+))\s*([,)])",
    re.DOTALL,
)
ROW = re.compile(rb"\s*\(")
AFTER_ROW = re.compile(rb"\s*([,;])")
ESCAPE = re.compile(rb"\\(.)|''", re.DOTALL)
ESCAPES = {b"0": b"\0", b"b": b"\b", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"Z": b"\x1a"}
NAMES = re.compile(rb"SET NAMES '?(\w+)", re.IGNORECASE)
AGAIN = "Exportera databasen en gång till och använd den filen."


@contextmanager
def open_dump(path):
    """Give a MySqlDump of the .sql or .sql.gz file at `path`. Raises InvalidSource."""
    path = Path(path)
    try:
        with path.open("rb") as file, tempfile.TemporaryFile() as unpacked:
            is_packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            if is_packed:
                with gzip.open(file) as content:
                    shutil.copyfileobj(content, unpacked)
            dump = unpacked if is_packed else file
            if not dump.seek(0, 2):
                raise InvalidSource(f"{path.name} är tom. {AGAIN}")
            with mmap.mmap(dump.fileno(), 0, access=mmap.ACCESS_READ) as content:
                yield MySqlDump(content, path.name)
    except (OSError, EOFError) as error:
        raise InvalidSource(f"{path.name} går inte att läsa ({error}). {AGAIN}") from None


class MySqlDump:
    """`columns`: {table: [column, …]}, after rows() has read past them."""

    def __init__(self, content, name):
        start, end = content[:4096], content[-4096:]
        if start.startswith(b"PK"):
            raise InvalidSource(f"{name} är ett zip-arkiv. Packa upp det och använd filen som ligger i det.")
        if b"PostgreSQL" in start or start.startswith(b"PGDMP"):
            raise InvalidSource(
                f"{name} kommer från PostgreSQL. Det behövs en dump av Joomlas databas, som är MySQL."
            )
        if b"\0" in start:
            raise InvalidSource(f"{name} är ingen dump i textform. Exportera databasen som SQL, i UTF-8.")
        begins = re.search(rb"-- (?:MySQL|MariaDB) dump", start) and b"-- Dump completed" not in end
        if begins or (b"START TRANSACTION" in start and b"COMMIT" not in end):
            raise InvalidSource(f"{name} tar slut för tidigt: exporten blev avbruten. {AGAIN}")
        self.content, self.name = content, name
        names = NAMES.search(start)
        self.encoding = "cp1252" if names and names[1].lower() == b"latin1" else "utf-8"
        self.columns = {}

    def rows(self, is_wanted):
        """Yield (table, {column: str or None}) of every row of the tables that `is_wanted`."""
        place, end = SPACE.match(self.content).end(), len(self.content)
        while place < end:
            if create := CREATE.match(self.content, place):
                stop = self.statement_end(place, create[1])
                names = COLUMN.findall(self.content[create.end() : stop])
                self.columns[create[1].decode()] = [name.decode() for name in names]
                place = stop
            elif (insert := INSERT.match(self.content, place)) and is_wanted(insert[1].decode()):
                place = insert.end()
                table = insert[1].decode()
                named = re.findall(rb"[^`,\s]+", insert[2] or b"")
                columns = [name.decode() for name in named] or self.columns.get(table, [])
                more = b","
                while more == b",":
                    values, place = self.row(place, table)
                    if len(values) != len(columns):
                        raise InvalidSource(f"En rad i tabellen {table} i {self.name} är trasig. {AGAIN}")
                    yield table, dict(zip(columns, values, strict=True))
                    more, place = self.expect(AFTER_ROW, place, table)
            elif delimiter := DELIMITER.match(self.content, place):
                place = delimiter.end()
            else:
                place = self.statement_end(place, insert[1] if insert else b"")
            place = SPACE.match(self.content, place).end()
        if not self.columns:
            raise InvalidSource(
                f"I {self.name} finns inga tabeller. Det behövs en dump av Joomlas databas, som .sql."
            )

    def row(self, place, table):
        values, more = [], b","
        _, place = self.expect(ROW, place, table)
        while more == b",":
            match = VALUE.match(self.content, place)
            if match is None:
                raise self.cut_off(table)
            quoted, digits, plain, more = match.groups()
            if quoted is not None:
                values.append(self.text(ESCAPE.sub(unescaped, quoted[1:-1])))
            elif digits is not None:
                values.append(self.text(bytes.fromhex(digits.decode().zfill(len(digits) + len(digits) % 2))))
            else:
                values.append(None if plain.upper() == b"NULL" else plain.decode("ascii", "replace"))
            place = match.end()
        return values, place

    def text(self, value):
        """Return bytes as text; what was read once too often as Latin-1 on its way ("Ã¥") is put right."""
        try:
            text = value.decode(self.encoding)
        except UnicodeDecodeError:
            text = value.decode("cp1252", "replace")
        text = text.replace("\0", "")  # which no text here may hold
        if "Ã" in text:
            try:
                return text.encode("cp1252").decode()
            except UnicodeError:
                return text
        return text

    def expect(self, pattern, place, table):
        match = pattern.match(self.content, place)
        if match is None:
            raise self.cut_off(table)
        return match[match.lastindex or 0], match.end()

    def statement_end(self, place, table):
        match = STATEMENT.match(self.content, place)
        if match is None and self.content[place:].strip():
            raise self.cut_off(table.decode())
        return match.end() if match else len(self.content)

    def cut_off(self, table):
        where = f" i tabellen {table}" if table else ""
        return InvalidSource(
            f"{self.name} går inte att läsa vidare{where}: exporten är avbruten eller ändrad. {AGAIN}"
        )


def unescaped(match):
    return b"'" if match[1] is None else ESCAPES.get(match[1], match[1])

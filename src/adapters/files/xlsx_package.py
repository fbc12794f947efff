"""The parts of an XLSX workbook: a ZIP archive of XML documents (ISO/IEC 29500, Office Open XML).

The archive comes from outside, so each part is limited by the bytes that it unpacks to, and read as a stream.
"""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self
from xml.parsers import expat

from adapters.files.rows import Tell, WatchedFile
from domain.people.roster import RosterUnreadable

MAX_SHEET = 128 * 2**20
"""Unpacked bytes of a sheet."""
MAX_ELEMENTS = 10_000_000
"""Elements of a part; a cell takes two or three."""
MAX_TEXTS = 32 * 2**20
"""Unpacked bytes of the texts that the cells share, which are kept in memory."""
MAX_PART = 4 * 2**20
"""Unpacked bytes of any other part."""
MAX_DEPTH = 40
"""Elements inside each other; workbooks have about 10."""

_CHUNK = 65_536
_MAX_READ = 2**20
"""Bytes read at a time. The list of an archive's parts is read at once, so this limits it to some 10,000 parts."""
_SILENT_CHUNKS = 16
"""Chunks without an element or text, after which a token is taken for an attack: parsing it takes quadratic time."""
_SAVE_AGAIN = "Open it in Excel, save it as 'Excel Workbook (.xlsx)', and import that file."
_DAMAGED = f"The file is a damaged or incomplete Excel workbook. Copy or export it again. {_SAVE_AGAIN}"
_TOO_LARGE = "The workbook is too large. Save the sheet as 'CSV UTF-8', and import that file."


def too_large() -> RosterUnreadable:
    """The problem of a workbook that would take too long."""
    return RosterUnreadable(_TOO_LARGE)


def damaged() -> RosterUnreadable:
    """The problem of a workbook that Excel would not have written."""
    return RosterUnreadable(_DAMAGED)


class _Archive(WatchedFile):
    """An archive that is read in pieces of limited size."""

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = _MAX_READ + 1 if size is None or size < 0 else size
        content = super().read(min(wanted, _MAX_READ + 1)) or b""
        if len(content) > _MAX_READ:
            raise too_large()
        self._told(len(content))
        return content


class Relation(NamedTuple):
    """A reference of one part to another."""

    kind: str
    """The last word of its type, such as `worksheet`."""
    part: str


class Package:
    """An open workbook. Raises RosterUnreadable where it is damaged, protected, too large, or something else."""

    def __init__(self, path: Path, tell: Tell | None) -> None:
        self._file = _Archive(path, tell)
        try:
            self._zip = zipfile.ZipFile(self._file)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, OverflowError) as error:
            self._file.close()
            raise damaged() from error
        except RosterUnreadable:
            self._file.close()
            raise
        self._parts = {info.filename.lower(): info for info in self._zip.infolist()}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._zip.close()
        self._file.close()

    def workbook(self) -> str:
        """The name of the main part."""
        for relation in self.relations("").values():
            if relation.kind == "officeDocument":
                if relation.part.endswith(".bin"):
                    raise RosterUnreadable(f"The file is a binary workbook (.xlsb). {_SAVE_AGAIN}")
                return relation.part
        if "mimetype" in self._parts:
            raise RosterUnreadable(f"The file is an OpenDocument spreadsheet or a similar file. {_SAVE_AGAIN}")
        raise RosterUnreadable("The file is a ZIP archive, and not an Excel workbook. Unpack it, or export it again.")

    def relations(self, part: str) -> dict[str, Relation]:
        """What the part refers to, by id; "" is the whole package."""
        folder, name = posixpath.split(part)
        found: dict[str, Relation] = {}

        def start(element: str, attributes: dict[str, str]) -> None:
            if element == "Relationship" and attributes.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", ""))).lstrip("/")
                kind = attributes.get("Type", "").rpartition("/")[2]
                found[attributes.get("Id", "")] = Relation(kind, target)

        listed = posixpath.join(folder, "_rels", f"{name}.rels")
        if listed.lower() in self._parts:
            self.parse(listed, start)
        return found

    def parse(self, part: str, start: Callable[[str, dict[str, str]], None]) -> None:
        """Give each element of a small part to `start`."""
        parser = XmlParser(start=start)
        for chunk in self.chunks(part, MAX_PART):
            parser.feed(chunk)
        parser.finish()

    def chunks(self, part: str, limit: int) -> Iterator[bytes]:
        """The content of a part."""
        info = self._parts.get(part.lower())
        if info is None:
            raise damaged()
        if info.flag_bits & 1:
            raise RosterUnreadable("The workbook is protected with a password. Save it without one.")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise damaged()
        if info.file_size > limit:
            raise too_large()
        try:
            # zipfile gives no more than the declared size.
            with self._zip.open(info) as stream:
                while chunk := stream.read(_CHUNK):
                    yield chunk
        except (zipfile.BadZipFile, NotImplementedError, zlib.error, EOFError, OSError, ValueError) as error:
            raise damaged() from error


class XmlParser:
    """Gives elements and texts to functions, without namespaces in their names. Raises RosterUnreadable."""

    def __init__(
        self,
        *,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> None:
        self._parser = parser = expat.ParserCreate()
        self._silent = self._depth = self._count = 0
        self._start, self._end, self._text = start, end, text
        parser.StartElementHandler = self._on_start
        parser.EndElementHandler = self._on_end
        if text:
            parser.CharacterDataHandler = self._on_text
        # A workbook has none; entities make small files large.
        parser.StartDoctypeDeclHandler = _refuse

    def feed(self, chunk: bytes) -> None:
        """Parse the next piece."""
        self._silent += 1
        if self._silent > _SILENT_CHUNKS:
            raise damaged()
        self._parse(chunk, last=False)

    def finish(self) -> None:
        """Make sure that the document is complete."""
        self._parse(b"", last=True)

    def _parse(self, chunk: bytes, *, last: bool) -> None:
        try:
            self._parser.Parse(chunk, last)
        except (expat.ExpatError, LookupError, ValueError) as error:
            raise damaged() from error

    def _on_start(self, name: str, attributes: dict[str, str]) -> None:
        self._silent = 0
        self._depth += 1
        self._count += 1
        if self._depth > MAX_DEPTH:
            raise damaged()
        if self._count > MAX_ELEMENTS:
            raise too_large()
        self._start(name.rpartition(":")[2], attributes)

    def _on_end(self, name: str) -> None:
        self._silent = 0
        self._depth -= 1
        if self._end:
            self._end(name.rpartition(":")[2])

    def _on_text(self, text: str) -> None:
        self._silent = 0
        if self._text:
            self._text(text)


def _refuse(*_: object) -> None:
    raise damaged()

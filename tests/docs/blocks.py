# SPDX-License-Identifier: Apache-2.0
"""The blocks of code of a page, as the tests beside this file run them.

A comment right before a block, which no reader of the page sees, is a note on how to run it:

    <!-- not run: REASON -->       it needs what a test has not: another machine, root, a daemon
    <!-- file: NAME -->            C++ that the reader saves under that name, and that the page's commands run
    <!-- from: PATH -->            lines of that file, which other tests compile and run; "// …" leaves some out
    <!-- fragment -->              C++ that is no whole statement list, but declarations
    <!-- another terminal -->      commands that go on running while the page goes on
    <!-- after Enter -->           commands that come after Enter was pressed in that terminal
    <!-- needs: HEADER -->         C++ of another library, which is compiled where that has this header
    <!-- fails -->                 at least one of the commands is to fail

A block of `text` right behind it is what it prints. There "…" stands for whatever is in its place, alone on a line
for any number of lines, and a number of three digits or more for any number.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

KNOWN = {"not run", "file", "from", "fragment", "another terminal", "after Enter", "fails", "needs"}


class Wrong(Exception):
    """A page is not as this module expects pages to be."""


@dataclass
class Block:
    page: str  # path from the top of the sources
    line: int  # of its first line, from 1
    language: str
    text: str
    notes: dict[str, str] = field(default_factory=dict)
    prints: str | None = None

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


def notes_before(lines: list[str], fence: int, page: str) -> dict[str, str]:
    """Those of the comments that stand right before a fence."""
    first = fence
    while first > 0 and lines[first - 1].strip() and not lines[first - 1].lstrip().startswith("```"):
        first -= 1
    notes = {}
    for comment in re.findall(r"<!--(.*?)-->", " ".join(lines[first:fence])):
        name, _, value = (part.strip() for part in comment.partition(":"))
        if name not in KNOWN:
            raise Wrong(f"{page}:{fence}: a note says '{name}', which is none of: {', '.join(sorted(KNOWN))}")
        notes[name] = value
    return notes


def blocks_of(top: Path, page: str) -> list[Block]:
    """All of a page's, in order. Raises Wrong."""
    lines = (top / page).read_text(encoding="utf-8").splitlines()
    found: list[Block] = []
    opened = None
    last_end = None  # of the block before, where nothing but blank lines came since
    for number, line in enumerate(lines):
        fence = re.match(r"^( *)```(\S*)", line)
        if not fence:
            if opened is None and line.strip():
                last_end = None
            continue
        if opened is None:
            opened = (number, fence[1], fence[2])
            continue
        start, indent, language = opened
        text = "\n".join(each.removeprefix(indent) for each in lines[start + 1 : number]) + "\n"
        if language == "text" and last_end is not None:
            last_end.prints = text
        else:
            last_end = Block(page, start + 2, language, text, notes_before(lines, start, page))
            found.append(last_end)
        opened = None
    if opened is not None:
        raise Wrong(f"{page}:{opened[0] + 1}: a block without an end")
    return found


def pages_with_code(top: Path) -> list[str]:
    """README and all of docs/, in English: a translation is held equal to them by its own test."""
    pages = [path.relative_to(top).as_posix() for path in sorted((top / "docs").rglob("*.md"))]
    return ["README.md"] + [page for page in pages if not page.startswith("docs/zh/")]


def as_said(said: str, prints: str) -> bool:
    """Whether what was said is what the page prints."""
    pattern = ""
    for line in prints.splitlines():
        if line.strip() == "…":
            pattern += r"(?:[^\n]*\n)*?"
            continue
        parts = []
        for part in re.split(r"(…|\d{3,}|\s+)", line.strip()):
            if part == "…":
                parts.append(r"[^\n]*?")
            elif re.fullmatch(r"\d{3,}", part):
                parts.append(r"\d+")
            elif part.isspace():
                parts.append(r"[ \t]+")
            else:
                parts.append(re.escape(part))
        pattern += r"[ \t]*" + "".join(parts) + r"[ \t]*\n"
    return re.fullmatch(pattern, said if said.endswith("\n") or not said else said + "\n") is not None

# SPDX-License-Identifier: Apache-2.0
"""The reference: a page for each public header, of its comments, which are Markdown, and its declarations."""
import re
from pathlib import Path

from clang import cindex
from clang.cindex import CursorKind as Kind

SCOPES = {Kind.CLASS_DECL, Kind.STRUCT_DECL, Kind.CLASS_TEMPLATE}
FUNCTIONS = {Kind.FUNCTION_DECL, Kind.FUNCTION_TEMPLATE, Kind.CXX_METHOD, Kind.CONSTRUCTOR, Kind.DESTRUCTOR,
             Kind.CONVERSION_FUNCTION}
DATA = {Kind.ENUM_DECL, Kind.VAR_DECL, Kind.FIELD_DECL, Kind.TYPE_ALIAS_DECL, Kind.TYPE_ALIAS_TEMPLATE_DECL}


def prose(comment):
    """What a comment says, as Markdown: lists need an empty line before them, documents that it names are linked, and
    what is indented by four is C++ where it names a scope."""
    text = re.sub(r"(?m)^[ \t]*(///?<?|/\*+|\*/|\*)? ?", "", comment or "")
    text = re.sub(r"(?m)^((?![-\s]).+\n)(?=- )", r"\1\n", text.strip())
    text = re.sub(r"(?<=\n\n)(?:(?: {4}.*)?\n)* {4}.*", lambda code: fenced(code[0]).strip() if "::" in code[0] else code[0],
                  text)
    return re.sub(r"(?<![/`])\bdocs/([\w-]+\.md)", r"[\1](../docs/\1)", text)


def fenced(code):
    lines = code.rstrip().splitlines()
    indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return "\n```cpp\n" + "\n".join(line[indent:] for line in lines).replace("COVIEW_EXPORT ", "") + "\n```\n"


class Page:
    def __init__(self, path):
        self.source = path.read_bytes()
        self.out = []
        self.code = ""

    def declaration(self, cursor):
        """The source of a declaration, without the body of a function, and what trails behind it."""
        begin = cursor.extent.start.offset
        if cursor.kind != Kind.ENUM_CONSTANT_DECL:
            begin = self.source.rfind(b"\n", 0, begin) + 1
        body = [c for c in cursor.get_children() if c.kind in (Kind.COMPOUND_STMT, Kind.MEMBER_REF)]
        if cursor.kind in FUNCTIONS and body:
            return re.sub(r"\s*:?\s*$", ";", self.source[begin:body[0].extent.start.offset].decode()), ""
        end = cursor.extent.end.offset
        if cursor.kind != Kind.ENUM_CONSTANT_DECL:
            end = self.source.find(b";", end) + 1
        trailing = re.match(rb",?[ \t]*(//[^\n]*(\n[ \t]+///<[^\n]*)*)?", self.source[end:])
        return self.source[begin:end].decode(), (trailing[1] or b"").decode()

    def parts(self, cursor):
        """The members of a structure, or the values of an enumeration, each with what is said of it."""
        self.out.append("\n")
        for part in cursor.get_children():
            if part.kind in (Kind.FIELD_DECL, Kind.ENUM_CONSTANT_DECL):
                code, trailing = self.declaration(part)
                before = part.raw_comment or ""
                said = prose("" if before.startswith("///<") else before) or prose(trailing)
                self.out.append(f"- `{' '.join(code.rstrip(';').split())}`" + (f": {' '.join(said.split())}" if said else "") + "\n")

    def flush(self):
        if self.code:
            self.out.append(fenced(self.code))
        self.code = ""

    def add(self, cursor, level):
        """Appends it to the declarations before it, or begins anew where it has something to say."""
        comment = cursor.raw_comment or ""
        own = comment and not comment.startswith("///<")
        aggregate = cursor.kind in SCOPES or cursor.kind == Kind.ENUM_DECL
        if level == 2 or aggregate or (own and cursor.kind in FUNCTIONS):
            self.flush()
            self.out.append(f"\n{'#' * level} `{cursor.spelling}`\n\n{prose(comment) if own else ''}\n")
        elif own:
            self.code += "".join(f"  {line.strip()}\n" for line in comment.splitlines())
        code, trailing = self.declaration(cursor)
        if aggregate:
            self.out.append(fenced(re.split(r"\s*\{", code)[0] + ";"))
            self.parts(cursor)
        else:
            self.code += code + ("  " + re.sub("^///<", "//", trailing) if trailing else "") + "\n"

    def members(self, cursor):
        for member in cursor.get_children():
            if member.access_specifier.name != "PUBLIC" or member.kind not in SCOPES | FUNCTIONS | DATA:
                continue
            self.add(member, 3)
        self.flush()

    def scope(self, cursor, path):
        for child in cursor.get_children():
            if not child.location.file or child.location.file.name != str(path):
                continue
            if child.kind == Kind.NAMESPACE and child.spelling not in ("detail", "layout", "std"):
                self.scope(child, path)
            elif child.kind in SCOPES and child.is_definition():
                if any(c.kind in FUNCTIONS and c.access_specifier.name == "PUBLIC" for c in child.get_children()):
                    self.flush()
                    head = self.source[child.extent.start.offset:child.extent.end.offset].decode().split("{")[0].rstrip()
                    self.out.append(f"\n## `{child.spelling}`\n\n{prose(child.raw_comment)}\n{fenced(head + ';')}")
                    self.members(child)
                else:
                    self.add(child, 2)
            elif child.kind in FUNCTIONS | DATA:
                self.add(child, 2 if child.raw_comment else 3)
        self.flush()


def cpp(paths, include):
    """The pages of headers of C++, which are read together: what they include takes longest."""
    together = "".join(f'#include "{path}"\n' for path in paths)
    unit = cindex.Index.create().parse("all.cpp", ["-std=c++20", f"-I{include}"], [("all.cpp", together)])
    errors = [str(d) for d in unit.diagnostics if d.severity >= cindex.Diagnostic.Error]
    if errors:
        raise SystemExit("\n".join(errors))
    for path in paths:
        page = Page(path)
        page.scope(unit.cursor, path)
        # The compiler would give us one comment for a namespace, whose headers all have their own.
        about = re.search(r"(?m)((?:^///.*\n)+)namespace coview \{", path.read_text())
        body = (f"\n{prose(about[1])}\n" if about else "") + ("".join(page.out) or fenced(path.read_text()))
        yield path, f"# {path.name}\n{fenced(f'#include <coview/{path.name}>')}{body}"


def c(path):
    """A header of C says between dashes what comes; what stands there is shown as it is."""
    text = path.read_text()
    intro = re.search(r"(?s)/\*\n? ((?! SPDX).*?)\*/", text[text.index("#ifndef"):])[1]
    body = text.partition('extern "C" {\n#endif\n')[2].rpartition("#ifdef __cplusplus")[0]
    first, *rest = re.split(r"(?m)^/\* (.*?) -{3,} \*/$", body)
    sections = [("", first), *zip(rest[::2], rest[1::2])]
    shown = ((f"\n## {title}\n" if title else "") + fenced(code.strip()) for title, code in sections if code.strip())
    return f"# {str(path).rpartition('include/')[2].removeprefix('coview/')}\n{fenced('#include <coview.h>')}\n{prose(intro)}\n" + "".join(shown)

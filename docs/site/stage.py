# SPDX-License-Identifier: Apache-2.0
"""stage.py TOP STAGE: gathers in STAGE what mkdocs makes the site of; the paths of the sources, one a line, on stdin.

STAGE/docs has the documents where they stand in the sources, so that links between them lead where they do there. What
they link besides becomes a page: a public header its part of the reference, another file its text, a folder its list.
"""
import fnmatch
import posixpath
import re
import subprocess
import sys
from pathlib import Path

import yaml

import reference

top, stage = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
pages = stage / "docs"
sources = sys.stdin.read().splitlines()
folders = {str(parent) for source in sources for parent in Path(source).parents} - {"."}
LEXERS = {".hpp": "cpp", ".h": "c", ".py": "python", ".js": "javascript", ".rs": "rust", ".cs": "csharp", ".pml": "c"}


shown = set()  # the pages that only others lead to


def write(path, text):
    (pages / path).parent.mkdir(parents=True, exist_ok=True)
    (pages / path).write_text(text)


def page_of(target):
    """The page that a link to a file or folder of the sources leads to; what is no page, and not there, as it is."""
    header = target.removeprefix("include/coview").removeprefix("/")
    if target.endswith(".hpp") and "/" not in header:
        return f"reference/{header}.md"
    if target == "include/coview.h" or re.fullmatch(r"include/coview/c/\w+\.h", target):
        return f"reference/{'coview.h' if header == '.h' else header.replace('/', '.')}.md"
    if target in folders:
        if f"{target}/README.md" not in {*sources, *shown}:
            inside = sorted({s[len(target) + 1:].split("/")[0] for s in sources if s.startswith(f"{target}/")})
            shown.add(f"{target}/README.md")
            write(f"{target}/README.md", linked(target, f"# {target}\n\n" + "".join(f"- [{i}]({i})\n" for i in inside)))
        return f"{target}/README.md"
    if target not in sources or target.endswith((".md", ".svg", ".png")):
        return target
    if f"{target}.md" not in shown:
        shown.add(f"{target}.md")
        text = (top / target).read_text()
        lexer = LEXERS.get(Path(target).suffix, Path(target).suffix[1:]) or ("sh" if text.startswith("#!") else "text")
        write(f"{target}.md", f"# {target}\n\n````{lexer}\n{text}````\n")
    return f"{target}.md"


def linked(folder, text):
    """The text with each link that names a file or folder leading to its page."""
    def change(match):
        target, mark, fragment = match[2].partition("#")
        path = posixpath.normpath(posixpath.join(folder, target))
        if not target or ":" in target or path.startswith(".."):
            return match[0]
        return f"{match[1]}({posixpath.relpath(page_of(path), folder or '.')}{mark}{fragment})"
    return re.sub(r"(\])\(([^()\s]+)\)", change, text)


def adapted(text):
    """What GitHub and mkdocs read differently: a title comes first, and code in tables has its bars as they are."""
    text = re.sub(r"(?s)\A(<!--.*?-->\s*)+", "", text)
    return re.sub(r"(?m)^\|.*", lambda row: re.sub(r"`[^`]+`", lambda code: code[0].replace(r"\|", "|"), row[0]), text)


def drawn(match):
    """The picture of the layers, which docs/architecture.md has as lines, without the arrows that others imply."""
    lines = (line.replace("->", "-> {") for line in match[1].splitlines())
    quoted = "".join(re.sub(r"[\w/]+", r'"\g<0>"', line) + "}\n" for line in lines)
    graph = f'digraph {{ bgcolor=transparent; node [shape=box style=rounded fontname="sans-serif"]\n{quoted}}}'
    reduced = subprocess.run("tred", input=graph, text=True, check=True, capture_output=True).stdout
    svg = subprocess.run(["dot", "-Tsvg"], input=reduced, text=True, check=True, capture_output=True).stdout
    svg = re.sub(r"<!--.*?-->\n?|<title>.*?</title>\n?", "", svg[svg.index("<svg"):], flags=re.DOTALL)
    return f'<div class="drawing">{svg.replace("black", "currentColor")}</div>\n\n{match[0]}'


def entries(nav):
    """The navigation with its patterns expanded and what is not there left out."""
    for entry in nav:
        title, what = next(iter(entry.items())) if isinstance(entry, dict) else (None, entry)
        if isinstance(what, list):
            inside = list(entries(what))
            if inside:
                yield {title: inside}
        else:
            for path in sorted(fnmatch.filter(every, what)):
                if path not in named:
                    named.add(path)
                    yield {title: path} if title else path


for path in sources:
    if path.startswith("docs/pictures/"):
        (pages / path).parent.mkdir(parents=True, exist_ok=True)
        (pages / path).write_bytes((top / path).read_bytes())
    elif path.endswith(".md") and (path.endswith("/README.md") or not path.startswith("tests/")):
        text = linked(posixpath.dirname(path), adapted((top / path).read_text()))
        write(path, re.sub(r"(?ms)^```layers\n(.*?)^```$", drawn, text))
headers = [top / path for path in sources if re.fullmatch(r"include/(coview\.h|coview/c/\w+\.h|coview/\w+\.hpp)", path)]
overview = "# Reference\n\nWhat the public headers say, which are the manual.\n\n| header | has |\n|---|---|\n"
references = [*reference.cpp([header for header in headers if header.suffix == ".hpp"], top / "include"),
              *((header, reference.c(header)) for header in headers if header.suffix == ".h")]
for header, text in references:
    target = page_of(str(header.relative_to(top)))
    write(target, text)
    first = re.search(r"\n\n((?!namespace)[A-Za-z][^\n]*(?:\n[^\n#]+)*)", text)
    said = re.split(r"(?<=[.;:])\s", first[1].replace("\n", " "))[0].rstrip(":;") if first else ""
    overview += f"| [{text.splitlines()[0][2:]}]({posixpath.basename(target)}) | {said} |\n"
write("reference/README.md", overview)
for path in sources:
    if re.fullmatch(r"packaging/(man/)?\w[\w-]*\.[1-9]", path):
        html = subprocess.run(["mandoc", "-T", "html", "-O", "fragment", top / path], check=True, capture_output=True, text=True).stdout
        name, _, section = posixpath.basename(path).rpartition(".")
        write(f"reference/man/{name}.{section}.md", f"# {name}({section})\n\n<div class=\"manual\">\n{html}</div>\n")

config = yaml.safe_load((Path(__file__).parent / "mkdocs.yml").read_text())
every = {str(path.relative_to(pages)) for path in pages.rglob("*.md")}
named = set()
config["nav"] = list(entries(config["nav"]))
lost = sorted(every - named - shown)
if lost:
    sys.exit(f"no place in docs/site/mkdocs.yml has: {' '.join(lost)}")
config["docs_dir"] = "docs"
(stage / "mkdocs.yml").write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True))

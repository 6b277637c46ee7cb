# SPDX-License-Identifier: Apache-2.0
"""links.py SITE: says which links of its pages lead to no file of it, or to no place in a page, and what is fetched from
elsewhere. mkdocs itself looks only at links that name a document."""
import posixpath
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

site = Path(sys.argv[1])


class Page(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.links, self.places = [], set()
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("href", "src") and value:
                self.links.append((tag, value))
            elif name in ("id", "name"):
                self.places.add(value)


pages = {str(path.relative_to(site)): Page(path) for path in site.rglob("*.html")}
broken = set()
for name, page in pages.items():
    for tag, link in page.links:
        url = urlsplit(link)
        if url.scheme or url.netloc:
            if tag != "a":
                broken.add(f"{name}: fetches {link}")
            continue
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(url.path))) if url.path else name
        if target in (".", "") or (site / target).is_dir():
            target = posixpath.normpath(posixpath.join(target, "index.html"))
        if not (site / target).is_file():
            broken.add(f"{name}: leads nowhere: {link}")
        elif url.fragment and target in pages and unquote(url.fragment) not in pages[target].places | {"__skip"}:
            broken.add(f"{name}: no such place: {link}")
print(*sorted(broken), sep="\n", end="\n" if broken else "")
sys.exit(bool(broken))

# SPDX-License-Identifier: Apache-2.0
"""Copying files and trees."""

from __future__ import annotations

import dataclasses
import os
from typing import Dict, List, Sequence, Union

from . import _native

_Path = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]


@dataclasses.dataclass(frozen=True)
class CopyReport:
    """What was copied."""

    bytes: int
    data_bytes: int  #: of these, not in holes
    seconds: float
    durable: bool  #: on the device
    verified: bool  #: read back and found the same
    skipped: bool  #: the target was there, and stays
    hash: str  #: empty where none was asked for

@dataclasses.dataclass(frozen=True)
class TreeFailure:
    """What could not be copied, and why."""

    source: str
    target: str
    errno: int
    text: str  #: a sentence


@dataclasses.dataclass(frozen=True)
class TreeReport:
    """What was copied of files and trees, and what could not be."""

    files: int
    directories: int
    symbolic_links: int
    hard_links: int
    specials: int
    skipped: int  #: the target was there, and stays
    bytes: int
    seconds: float
    durable: bool  #: all of it is on the device
    verified: bool  #: every file was read back and found the same
    failures: List[TreeFailure]
    warnings: List[str]  #: attributes that could not be kept


_VERIFY = {"none": 0, "hash": 1, "read-back": 2}
_EXISTING = {"replace": 0, "keep": 1, "update": 2, "refuse": 3}
_INTO = {"automatic": 0, "directory": 1, "exact": 2}
_FOLLOW = {"never": 0, "named": 1, "always": 2}


def _one_of(values: Dict[str, int], what: str, given: str) -> int:
    if given not in values:
        raise ValueError(f"{what} is one of {', '.join(values)}, not {given!r}")
    return values[given]


def copy_file(
    source: _Path,
    target: _Path,
    *,
    verify: str = "none",
    durable: bool = True,
    existing: str = "replace",
    resume: bool = False,
    in_place: bool = False,
    limit_rate: int = 0,
) -> CopyReport:
    """Copies a file, all or nothing: what fails, or is interrupted, leaves the old target.

    `verify`: "none", "hash" (of what was read) or "read-back" (from the device). `existing`: "replace", "keep",
    "update" (where the source is newer) or "refuse". `limit_rate`: bytes a second; 0: as fast as possible.
    """
    return CopyReport(
        **_native.copy_file(
            source,
            target,
            verify=_one_of(_VERIFY, "verify", verify),
            durable=durable,
            existing=_one_of(_EXISTING, "existing", existing),
            resume=resume,
            in_place=in_place,
            limit_rate=limit_rate,
        )
    )


def copy_tree(
    sources: Union[_Path, Sequence[_Path]],
    target: _Path,
    *,
    exclude: Sequence[str] = (),
    verify: str = "none",
    durable: bool = True,
    existing: str = "replace",
    into: str = "automatic",
    follow: str = "never",
    special: bool = False,
    dry_run: bool = False,
    jobs: int = 0,
    one_file_system: bool = False,
    limit_rate: int = 0,
) -> TreeReport:
    """Copies files and trees, several files at a time. What could not be copied is in `failures`; the rest is copied.

    `into`: "directory" puts the sources into `target`, "exact" gives one source that name, "automatic" decides by what is
    there. `follow`: which symbolic links stand for what they lead to: "never", "named" (among the sources) or "always".
    `exclude`: patterns as of .gitignore. `special`: makes FIFOs, sockets and devices anew. `jobs`: files at a time; 0: what
    suits the machine. The others are as of copy_file.
    """
    listed = [sources] if isinstance(sources, (str, bytes, os.PathLike)) else sources
    report = _native.copy_tree(
        listed,
        target,
        exclude,
        verify=_one_of(_VERIFY, "verify", verify),
        durable=durable,
        existing=_one_of(_EXISTING, "existing", existing),
        into=_one_of(_INTO, "into", into),
        follow=_one_of(_FOLLOW, "follow", follow),
        special=special,
        dry_run=dry_run,
        jobs=jobs,
        one_file_system=one_file_system,
        limit_rate=limit_rate,
    )
    failures = [TreeFailure(*each) for each in report.pop("failures")]
    return TreeReport(failures=failures, **report)

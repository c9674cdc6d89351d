"""Memories of the user's, held against the rules before anything runs, in a process of its own:
one may hang, print or end it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...models.memory import CannotDo
from ...simulator.errors import DescriptionError, EngramError
from ..memories import rules
from .job import USER_FILE
from .measure import one_thread
from .named import entry_named
from .process import Died, Process, TookTooLong

PATIENCE = 300.0
"""Seconds that all rules together may take, on four pairs of 16."""

SIZES = (16, 64, 128, 256)
"""Sizes of patterns that a memory is asked for in turn, until it takes one."""


def check_own(names: Sequence[str], seconds: float = PATIENCE) -> None:
    """Hold memories of the user's against the rules of a fair comparison, before anything runs.

    DescriptionError names the rules that are broken, stderr shows the examples; it also tells of a
    memory that took longer than `seconds` or ended the process.
    """
    own = [n for n in dict.fromkeys(names) if USER_FILE.fullmatch(n) and
           entry_named(n).role == "associative"]
    if not own:
        return
    process = Process()
    try:
        for name in own:
            _hold(name, process, min(seconds, PATIENCE))
    finally:
        process.end()


def _hold(name: str, process: Process, seconds: float) -> None:
    try:
        found = process.ask({"rules": name}, seconds)
    except TookTooLong as late:
        raise DescriptionError(f"{name} {late} to be held against the rules, with four pairs; mend "
                               "it, nothing was measured") from late
    except Died as end:
        raise DescriptionError(f"{name} was held against the rules in a process that {end}; mend "
                               "it, nothing was measured") from end
    for line in found["said"]:
        print(f"{name}: {line}", file=sys.stderr)
    if found["problem"]:
        raise DescriptionError(f"{name} {found['problem']}")


def told(name: str) -> dict[str, Any]:
    """What the rules say of it: "said", lines of those that are broken or why none could be asked,
    and "problem", "" where there is none."""
    one_thread()
    try:
        with contextlib.redirect_stdout(sys.stderr):
            found = rules.broken(_verdicts(name))
    except CannotDo as why:
        return {"said": [f"not held against the rules: it takes no patterns of "
                         f"{', '.join(map(str, SIZES))} entries ({why})"], "problem": ""}
    except EngramError as problem:
        return {"said": [], "problem": f"cannot be held against the rules: {problem}"}
    numbers = ", ".join(f"{v.number} ({v.name})" for v in found)
    return {"said": [str(v) for v in found], "problem": numbers and
            f"breaks rule {numbers}; mend it, docs/compare.md tells what the rules ask"}


def _verdicts(name: str) -> list[rules.Verdict]:
    entry = entry_named(name)
    for size in SIZES:
        need = replace(rules.small_need(entry), key_dim=size, value_dim=size)
        try:
            return rules.check(entry, need)
        except CannotDo:
            if size == SIZES[-1]:
                raise
    raise AssertionError("a size is taken, or the last one is refused")

"""Tasks and memories by name: of the catalogues, or of a file of the user's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...simulator.errors import DescriptionError
from ..memories import catalogue as memories
from ..memories.completed import completed
from ..memories.entry import Entry
from ..tasks import catalogue as tasks
from ..tasks.task import Task
from ..user_file import run_file
from .job import USER_FILE, label

WHAT = ("a memory is a class or function that takes a Need, or an Entry (docs/compare.md); a task "
        "is a Task")


def task_named(name: str) -> Task:
    """A task of the catalogue by its name or code, or FILE.py:NAME."""
    found = USER_FILE.fullmatch(name)
    if found is None:
        return tasks.find(name)
    task = _defined(Path(found[1]), found[2])
    if not isinstance(task, Task):
        raise DescriptionError(f"{name} is {task!r}, not a Task; {WHAT}")
    return task


def entry_named(name: str) -> Entry:
    """A memory of the catalogue, or FILE.py:NAME.

    What takes a Need becomes an Entry under the file's name; its attributes `domains`, `auto`,
    `hetero`, `family`, `spiking` and `source`, where it has them, are those of the Entry. A short
    memory is made whole, see `completed`.
    """
    found = USER_FILE.fullmatch(name)
    if found is None:
        return memories.find(name)
    path = Path(found[1])
    made = _defined(path, found[2])
    if isinstance(made, Entry):
        return made
    if not callable(made):
        raise DescriptionError(f"{name} is {made!r}, nothing that makes a memory; {WHAT}")
    if isinstance(getattr(made, "domains", ()), str):
        raise DescriptionError(f"{name}: domains is {made.domains!r}; give a tuple of names, the "
                               "best first")
    said = {k: getattr(made, k) for k in ("domains", "auto", "hetero", "family", "spiking",
                                          "source") if hasattr(made, k)}
    return Entry(label(name), (made.__doc__ or "of the user's").strip().splitlines()[0],
                 said.pop("source", path.name), lambda need: completed(made(need)), **said)


def _defined(path: Path, name: str) -> Any:
    defined = run_file(path)
    if name not in defined:
        public = [n for n in defined if not n.startswith("_")]
        raise DescriptionError(f"{path} defines no {name!r}; it defines {', '.join(public)}")
    return defined[name]

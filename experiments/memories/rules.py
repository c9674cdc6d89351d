"""The rules that make a comparison of memories fair, each as a check of one memory.

0 protocol, 1 a read changes nothing, 2 the order of writing, 3 seeds, 4 forgetting, 5 bits of
state, 6 operations. `check` builds the memory anew for every rule, on items that are drawn from
the seed, and names each rule that is broken with the arrays that show it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ...models.memory import CannotDo, Need
from ..user_file import raised
from . import rule_forgetting, rule_protocol, rule_reading, rule_state
from .budget import built
from .entry import Entry
from .rule_cases import Broken, Case, Skipped

RULES: dict[int, tuple[str, Callable[[Case], str]]] = {
    0: ("protocol", rule_protocol.check),
    1: ("a read changes nothing", rule_reading.check_pure),
    2: ("written together or one by one", rule_reading.check_order),
    3: ("the same seed gives the same bytes", rule_reading.check_seed),
    4: ("what is forgotten is gone, the rest stays", rule_forgetting.check),
    5: ("all bits of state are declared", rule_state.check_bits),
    6: ("operations are counted, call by call", rule_state.check_ops),
}


@dataclass(frozen=True)
class Verdict:
    """What a rule says: `ok` True, False, or None where it asks nothing of this memory.

    `note` is what was found, or why; `example` the arrays that break the rule, by name.
    """

    number: int
    name: str
    ok: bool | None
    note: str
    example: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        word = {True: "holds", False: "BROKEN", None: "asks nothing"}[self.ok]
        lines = [f"rule {self.number} ({self.name}): {word}: {self.note}"]
        with np.printoptions(precision=4, threshold=400, linewidth=92, suppress=True):
            lines += [f"  {name} =\n{_indented(value)}" for name, value in self.example.items()]
        return "\n".join(lines)


def check(memory: Entry | Callable[[Need], Any], need: Need | None = None, seed: int = 0,
          rules: tuple[int, ...] | None = None) -> list[Verdict]:
    """A verdict for each rule (or each of `rules`, by number) on an entry or a builder.

    `need` defaults to `small_need` of an entry and must be given for a builder. CannotDo comes
    through where the memory cannot be built for the need; any other error of building breaks rule 0
    and ends the check, and any other error of the memory the rule in which it is raised.
    """
    if need is None:
        need = small_need(memory if isinstance(memory, Entry) else None)
    return list(_verdicts(memory, need, seed, RULES if rules is None else rules))


def broken(verdicts: list[Verdict]) -> list[Verdict]:
    """Those that are broken."""
    return [v for v in verdicts if v.ok is False]


def small_need(entry: Entry | None = None, seed: int = 0) -> Need:
    """Four pairs of 16, which any memory should hold and a terminal can show."""
    domain = "bipolar" if entry is None else entry.domains[0]
    ones = 2 if domain == "ksparse" else None
    auto = entry is not None and not entry.hetero
    return Need(16, 16, domain, items=4, auto=auto, active=ones, value_active=ones, queries=4,
                seed=seed)


def _verdicts(memory: Entry | Callable[[Need], Any], need: Need, seed: int,
              rules: Any) -> Iterator[Verdict]:
    def build(changed: Need | None = None) -> Any:
        wanted = need if changed is None else changed
        return built(memory, wanted) if isinstance(memory, Entry) else memory(wanted)

    try:
        build()
    except CannotDo:
        raise
    except (Exception, SystemExit) as error:
        yield Verdict(0, RULES[0][0], False, f"it cannot be built for {need}: {raised(error)}")
        return
    for number in rules:
        name, rule = RULES[number]
        try:
            yield Verdict(number, name, True, rule(Case(build, replace(need), seed)))
        except CannotDo:
            raise
        except Skipped as why:
            yield Verdict(number, name, None, str(why))
        except Broken as found:
            yield Verdict(number, name, False, str(found), found.example)
        except (Exception, SystemExit) as error:
            yield Verdict(number, name, False, raised(error))


def _indented(value: Any) -> str:
    return "\n".join(f"    {line}" for line in str(value).splitlines())

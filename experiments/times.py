"""Times as they are typed: `100ms`, `0.5 s`."""

from __future__ import annotations

import math
import re

from ..simulator.equations import SECOND
from ..simulator.errors import DescriptionError, UnitError
from ..simulator.units import UNITS, Quantity

_NUMBER_AND_UNIT = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([^\W\d]*)\s*")
_UNITS = {"s": UNITS["second"]} | {n: u for n, u in UNITS.items() if u.dim == SECOND}


def parse_time(text: str, what: str) -> Quantity:
    """The positive time that `text` names, with its unit; `what` is the option it came from.

    DescriptionError or UnitError tells how to write it.
    """
    found = _NUMBER_AND_UNIT.fullmatch(text)
    if found is None:
        raise DescriptionError(f"{what} {text!r} is not a time; write a number and a unit, "
                               "such as 100ms")
    number, unit = found.groups()
    if not unit:
        raise UnitError(f"{what} {text!r} has no unit; write {number}ms or {number}s")
    if unit not in _UNITS:
        raise UnitError(f"{what} {text!r}: {unit!r} is not a unit of time; use s, ms, us or ns")
    time: Quantity = float(number) * _UNITS[unit]
    if not 0 < time.value < math.inf:
        raise DescriptionError(f"{what} {text!r} must be more than 0 and finite")
    return time

"""One generated function: its text, and the addresses and numbers it reads from two tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...kernels.emit import source
from ...simulator.expressions import parse

_VIEW = {"float64": "f8", "float32": "f4", "int64": "i8", "int32": "i4", "uint32": "u4"}

SIGNATURE = "(T, C, o, c, k, kr, tid, nt)"
"""T: addresses and integers, from `o` on; C: numbers, from `c` on; k: the step; kr: the step as
int32 since the call began; tid, nt: this thread and how many there are."""


class Block:
    """Builds one function. Two blocks with equal text share one compiled function.

    `words` and `numbers` are what the function finds in the tables; `keep` holds the arrays whose
    addresses are in there. A word is one int, or an array with one for each copy of a batch.
    """

    def __init__(self, dtype: Any) -> None:
        self.dtype = np.dtype(dtype)
        self.real = "" if self.dtype == np.float64 else "np.float32"
        self.words: list[Any] = []
        self.numbers: list[float] = []
        self.keep: list[Any] = []
        self.head: list[str] = []
        self.body: list[str] = []
        self.depth = 1
        self.result = "0"

    def array(self, name: str, a: Any, shift: str = "") -> str:
        """Make array `a` known as `name`; `shift` is added to its address (text, bytes).

        An array of one axis is shared; of more, its first axis is the copies, each contiguous.
        """
        self.head.append(f"{name} = {_VIEW[a.dtype.name]}(T[o + {len(self.words)}]{shift})")
        self.words.append(self._addresses(name, a))
        return name

    def arrays(self, name: str, many: Sequence[Any]) -> str:
        """An array of its own for each copy, of any length; `name_n` is that length."""
        whole = np.concatenate(many)
        starts = np.cumsum([0, *(len(a) for a in many[:-1])])
        self.head.append(f"{name} = {_VIEW[whole.dtype.name]}(T[o + {len(self.words)}])")
        self.words.append(self._addresses(name, whole) + starts * whole.itemsize)
        return self.integer(f"{name}_n", np.array([len(a) for a in many], np.int64))

    def _addresses(self, name: str, a: Any) -> Any:
        one = a[0] if a.ndim > 1 else a
        if not one.flags.c_contiguous:
            raise ValueError(f"array {name} is not contiguous")
        self.keep.append(a)
        return a.ctypes.data + np.arange(len(a)) * a.strides[0] if a.ndim > 1 else a.ctypes.data

    def address(self, name: str, a: Any) -> str:
        """The bare address of `a`."""
        self.keep.append(a)
        return self.integer(name, a.ctypes.data)

    def integer(self, name: str, value: Any) -> str:
        """An integer that may differ between networks of one structure; an array: one a copy."""
        self.head.append(f"{name} = T[o + {len(self.words)}]")
        self.words.append(value if np.ndim(value) else int(value))
        return name

    def number(self, name: str, value: float) -> str:
        """A number, in the precision of the run."""
        self.head.append(f"{name} = {self.real}(C[c + {len(self.numbers)}])" if self.real
                         else f"{name} = C[c + {len(self.numbers)}]")
        self.numbers.append(float(value))
        return name

    def line(self, text: str) -> None:
        """A line of the body at the present depth."""
        self.body.append("    " * self.depth + text)

    def open(self, text: str) -> None:
        """A line that begins an inner block."""
        self.line(text)
        self.depth += 1

    def close(self, levels: int = 1) -> None:
        """End inner blocks."""
        self.depth -= levels

    def expression(self, text: str, name: Callable[[str], str],
                   draw: Callable[[str, int], str]) -> str:
        """An expression of the Plan as source."""
        return source(parse(text), name, draw, self.real)

    def text(self) -> str:
        """The function, under the placeholder name `NAME`."""
        lines = [f"def NAME{SIGNATURE}:", *(f"    {x}" for x in self.head), *self.body]
        return "\n".join([*lines, f"    return {self.result}"]) + "\n"

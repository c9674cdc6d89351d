"""One generated device function: its text, the arrays it touches, and the words it reads."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ...kernels.emit import source
from ...simulator.expressions import parse
from .banks import Place
from .memory import Memory

SIGNATURE = "(F, D, L, W, RS, RC, RX, M, J, V, T, C, o, c, k, k0, b, batch, tid, nt, lane, lanes)"
"""F, D, L, W: the banks. RS, RC, RX: what is recorded: spikes, their counts, states. M, J, V:
shared memory of the block. T: words, from `o` on; C: numbers, from `c` on. k: the step; k0: the
first of this launch. b of batch: the copy; tid of nt: the worker, a block; lane of lanes: the
thread."""

class Touch(NamedTuple):
    """How a function touches an array; `own` names the neurons whose lanes keep apart, if any."""

    written: bool
    own: int | None
    settled: bool


class Block:
    """Builds one function. Two blocks with equal text share one compiled function."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.real = "" if memory.dtype == np.float64 else "np.float32"
        self.words: list[Any] = []
        self.numbers: list[float] = []
        self.head: list[str] = []
        self.body: list[str] = []
        self.depth = 1
        self.touched: dict[Place, list[Touch]] = {}
        self._banks: dict[str, str] = {}
        self._keyed = False

    # -- what it reads --------------------------------------------------------------------------
    def array(self, name: str, place: Place | list[Place], written: bool = False,
              own: int | None = None, settled: bool = False) -> str:
        """Make an array known as `name`: its first index in the bank. Returns `name`.

        `own` is the population whose neurons' lanes touch only what is theirs; `settled`: lanes
        have waited for each other after the last write.
        """
        places = place if isinstance(place, list) else [place]
        if name not in self._banks:
            self._banks[name] = places[0].bank
            self.word(name, place if isinstance(place, Place) else
                      np.array([p.at for p in place], np.int64))
        for p in places:
            if p.own:
                self.touched.setdefault(p, []).append(Touch(written, own, settled))
        return name

    def at(self, name: str, index: str) -> str:
        """Element `index` of an array."""
        return f"{self._banks[name]}[{name} + {index}]"

    def word(self, name: str, value: Any) -> str:
        """An integer, a Place (its offset), or one integer for each copy, known as `name`."""
        self.head.append(f"{name} = T[o + {len(self.words)}]")
        self.words.append(value)
        return name

    def number(self, name: str, value: float) -> str:
        """A number, in the precision of the run."""
        read = f"C[c + {len(self.numbers)}]"
        self.head.append(f"{name} = {self.real}({read})" if self.real else f"{name} = {read}")
        self.numbers.append(float(value))
        return name

    def time(self, dt: float) -> str:
        """The time of the step."""
        self.head.append(f"x_t = {self.real or 'np.float64'}(k * C[c + {len(self.numbers)}])")
        self.numbers.append(dt)
        return "x_t"

    # -- lines ----------------------------------------------------------------------------------
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

    def wait(self) -> None:
        """The lanes of the block wait for each other."""
        self.line("cuda.syncthreads()")

    def expression(self, text: str, name: Callable[[str], str],
                   draw: Callable[[str, int], str]) -> str:
        """An expression of the Plan as source for the device."""
        return on_device(source(parse(text), name, draw, self.real))

    def text(self) -> str:
        """The function, under the placeholder name `NAME`."""
        body = self.body or ["    pass"]
        return "\n".join([f"def NAME{SIGNATURE}:", *(f"    {x}" for x in self.head), *body]) + "\n"

    def drawer(self, stream: int, index: str) -> Callable[[str, int], str]:
        """Prints random draws keyed by (seed, stream, step, index, number)."""
        def draw(kind: str, number: int) -> str:
            self.keys(stream)
            law = "uniform" if kind == "rand" else "normal"
            return f"{law}(key0, key1, stream, k, {index}, {number})"
        return draw

    def keys(self, stream: int) -> None:
        """Words that key random numbers."""
        if self._keyed:
            return
        self._keyed = True
        copies = self.memory.copies
        for name, value in (("key0", copies.key0), ("key1", copies.key1), ("stream", stream)):
            self.word(name, value)


_UFUNC = re.compile(r"\bnp\.(floor|ceil|sign)\(")


def on_device(text: str) -> str:
    """An expression printed for a CPU as it must be printed for the device, which has no ufuncs."""
    return _UFUNC.sub(r"\1(", text)

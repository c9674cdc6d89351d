"""Write the README's tables of backends and models, from the code.

`python docs/tables.py` rewrites what stands between the markers; a test checks that it is current.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from engram.backends.simulation import BACKENDS
from engram.experiments.catalogue import MODELS
from engram.models import NEURONS, SYNAPSES

README = Path(__file__).parents[1] / "README.md"
START, END = "<!-- tables: written by docs/tables.py -->", "<!-- /tables -->"


def table(head: tuple[str, str], rows: Iterable[tuple[str, str]]) -> str:
    """A Markdown table of two columns."""
    return "\n".join([f"| {head[0]} | {head[1]} |", "|---|---|",
                      *(f"| `{name}` | {text} |" for name, text in rows)])


def listed(names: Iterable[str]) -> str:
    """Names as code, with commas."""
    return ", ".join(f"`{name}`" for name in names)


def tables() -> str:
    """Everything between the markers."""
    return "\n\n".join([
        table(("backend", "what it is"), ((n, what) for n, (_, _, what) in BACKENDS.items())),
        table(("memory (`engram run NAME`)", "what it does"),
              ((d.name, d.summary) for d in MODELS.values())),
        f"Neurons: {listed(NEURONS)}.", f"Synapses: {listed(SYNAPSES)}."])


def renewed(text: str) -> str:
    """`text` with the tables of today; ValueError without the markers."""
    head, _, rest = text.partition(START)
    old, _, tail = rest.partition(END)
    if not old:
        raise ValueError(f"{README} lacks {START} ... {END}")
    return f"{head}{START}\n{tables()}\n{END}{tail}"


if __name__ == "__main__":
    README.write_text(renewed(README.read_text()))

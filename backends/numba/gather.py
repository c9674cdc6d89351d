"""Generated code: a row's values of target neurons side by side, so that loops over it vectorise.

Synapse s of a row reads its target j = post[s] anywhere in memory. A compiler cannot know that what
it stores for s is not read for s + 1 in this way, and works on one synapse at a time; reading some
hundred values ahead into an array of their own leaves it nothing to doubt.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...simulator.expressions import names_in, parse
from .block import Block
from .memory import Memory, per_copy
from .synapse import Synapses, loop_row

PIECE = 256
"""Synapses at a time: some of their values fit the fastest cache."""


def gather(b: Block, names: Synapses, texts: Iterable[str], memory: Memory) -> int:
    """Open the loop over the synapses of the row that is open: defines s and j.

    What `texts` read of the target neuron is then known as the place that it was copied to. Returns
    the levels that were opened beyond that loop.
    """
    q, read = names.q, set().union(*(names_in(parse(text)) for text in texts))
    of_target = [name for name in sorted(read)
                 if q.side.get(name) == "post" or q.neuron.get(name, ("",))[0] == "post"]
    far = {name: place for name in of_target if (place := names.stored(name)).endswith("[j]")}
    if q.dense or not far:
        loop_row(b, names)
        return 0
    size = PIECE * b.dtype.itemsize
    for name in far:
        room = per_copy(memory.copies, memory.threads * PIECE, b.dtype)
        b.array(f"h_{name}", room, f" + tid*{size}")
    b.open(f"for at in range(np.uint64(first), np.uint64(past), np.uint64({PIECE})):")
    b.line(f"end = min(at + np.uint64({PIECE}), np.uint64(past))")
    b.open("for s in range(at, end):")
    b.line("j = np.uint64(post[s])")
    for name, place in far.items():
        b.line(f"h_{name}[s - at] = {place}")
        names.known_as[name] = f"h_{name}[s - at]"
    b.close()
    b.open("for s in range(at, end):")
    return 1

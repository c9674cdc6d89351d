"""Which connections close a loop, and how many steps each population lags behind the input.

In a NIR graph a spike passes in its own step through one neuron after another, as its readers
have it (an edge that closes a loop takes one step); here every connection takes at least one
step. So what a reader does in step k, population p does in step k + shift[p].
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Pair = tuple[str, str]


def closing(nodes: Sequence[str], edges: Sequence[Pair]) -> set[Pair]:
    """The edges that lead back to where a walk, from the first node on, came from."""
    after: dict[str, list[str]] = {n: [] for n in nodes}
    for a, b in dict.fromkeys(edges):
        after[a].append(b)
    back: set[Pair] = set()
    state: dict[str, int] = {}
    for root in nodes:
        walk = [] if root in state else [(root, iter(after[root]))]
        state.setdefault(root, 1)
        while walk:
            name, rest = walk[-1]
            for b in rest:
                if state.get(b) == 1:
                    back.add((name, b))
                elif b not in state:
                    state[b] = 1
                    walk.append((b, iter(after[b])))
                    break
            else:
                state[name] = 2
                walk.pop()
    return back


def depths(nodes: Sequence[str], edges: Iterable[Pair]) -> dict[str, int]:
    """Longest way to each node along edges without loops."""
    forward = list(dict.fromkeys(edges))
    depth = dict.fromkeys(nodes, 0)
    for _ in nodes:
        before = dict(depth)
        for a, b in forward:
            depth[b] = max(depth[b], depth[a] + 1)
        if depth == before:
            break
    return depth


def shifts(nodes: Sequence[str], edges: dict[Pair, Sequence[int]], back: set[Pair],
           absorb: bool) -> dict[str, int]:
    """The lag of each population of a network whose edges have `edges[pair]` delays in steps.

    No edge is left with less than it has in a reader. `absorb`: a delay longer than one step
    becomes lag where it can, so that few Delay nodes are left; else it stays a delay.
    """
    far = 1 + sum(max(d) for d in edges.values())
    reached = {b for a, b in edges}
    start = depths(nodes, [p for p in edges if p not in back])
    shift = {n: start[n] if not absorb or n not in reached else far for n in nodes}
    for _ in nodes:
        for (a, b), found in edges.items():
            limit = shift[a] + min(found) - ((a, b) in back)
            if a != b and shift[b] > limit:
                shift[b] = limit
    return {n: 0 if s >= far else s for n, s in shift.items()}

"""A dense recurrent layer in torch: `as_module` beside snnTorch and Norse, the same arithmetic.

The layer is written in each library with weights of its own, imported, and run by both sides on
equal spikes: so equal spikes come out, one step later in ours, whose last step is thus missing in
the numbers that are printed. Forward passes without gradients (or, with `--train`, with the
backward pass), float32, in one process, in turns.
`python -m benchmarks.torch_layers [--sizes 256 1024] [--repeats 5] [--train]`
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

BATCH, STEPS, ACTIVE = 64, 100, 0.05
"""Entries of a batch, steps of a run, and how often an input fires."""

Run = Callable[[], Any]


def weights(n: int) -> tuple[Any, Any]:
    """Input and recurrent weights, (n, n), scaled so that some per cent of the neurons fire."""
    import torch
    torch.manual_seed(n)
    spread = (n * ACTIVE) ** -0.5
    return 0.45 * spread * torch.randn(n, n), 0.2 * spread * torch.randn(n, n)


def inputs(n: int) -> Any:
    """Spikes, (steps, batch, n)."""
    import torch
    return (torch.rand(STEPS, BATCH, n) < ACTIVE).float()


def by_snntorch(n: int) -> tuple[Run, Any]:
    """RLeaky with its all-to-all Linear, stepped as its documentation does; and its import."""
    import snntorch as snn
    import torch
    from torch import nn

    import engram as eg
    w, v = weights(n)
    fc = nn.Linear(n, n, bias=False)
    cell = snn.RLeaky(0.9, linear_features=n, reset_mechanism="subtract")
    with torch.no_grad():
        fc.weight.copy_(w)
        cell.recurrent.weight.copy_(v)
        cell.recurrent.bias.zero_()
    x = inputs(n)

    def run() -> Any:
        spk, mem = torch.zeros(BATCH, n), torch.zeros(BATCH, n)
        out = []
        for k in range(STEPS):
            spk, mem = cell(fc(x[k]), spk, mem)
            out.append(spk)
        return torch.stack(out)
    return run, (eg.from_snntorch([fc, cell]).network, x)


def by_norse(n: int) -> tuple[Run, Any]:
    """LIFRecurrent over the whole sequence; and its import."""
    from engram.backends.packages import load
    norse = load("norse.torch")
    from torch import nn

    import engram as eg
    w, v = weights(n)
    p = norse.LIFParameters()
    cell = norse.LIFRecurrent(n, n, p, input_weights=nn.Parameter(3 * w),
                              recurrent_weights=nn.Parameter(3 * v))
    x = inputs(n)
    return lambda: cell(x)[0], (eg.from_norse(cell).network, x)


PEERS = {"snnTorch RLeaky": by_snntorch, "Norse LIFRecurrent": by_norse}


def by_engram(network: Any, x: Any) -> Run:
    """The imported network as a module."""
    import engram as eg
    names = tuple(f"{q.name}.w" for q in network.projections)
    module = eg.as_module(network, train=names, outputs=("layer1",), dtype="float32")
    return lambda: module(x)[0]


def timed(run: Run, train: bool) -> tuple[float, Any]:
    """Seconds of one pass, and its spikes."""
    import torch
    began = time.perf_counter()
    with torch.set_grad_enabled(train):
        out = run()
        if train:
            out.sum().backward()
    return time.perf_counter() - began, out


def main(repeats: int = 5, sizes: tuple[int, ...] = (256, 1024, 4096),
         train: bool = False) -> list[str]:
    """Lines of the table; the first pass of each side is not counted."""
    import torch
    out = [f"{torch.get_num_threads()} threads, batch {BATCH}, {STEPS} steps, float32, "
           f"{'forward and backward' if train else 'forward'}; {repeats} pairs"]
    for n in sizes:
        for name, peer in PEERS.items():
            theirs, imported = peer(n)
            ours = by_engram(*imported)
            counts = [int(timed(run, train)[1].sum()) for run in (ours, theirs)]
            pairs = [(timed(ours, train)[0], timed(theirs, train)[0]) for _ in range(repeats)]
            ratios = [a / b for a, b in pairs]
            active = 100 * counts[1] / (BATCH * STEPS * n)
            out.append(
                f"{n} units, {name}: engram {statistics.median(a for a, _ in pairs):.3f} s, peer "
                f"{statistics.median(b for _, b in pairs):.3f} s, ratio "
                f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}); spikes "
                f"{counts[0]} and {counts[1]}, {active:.1f} % active")
    return out


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[256, 1024, 4096])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=0, help="of torch; 0: as it chooses")
    parser.add_argument("--train", action="store_true", help="with gradients")
    given = parser.parse_args()
    if given.threads:
        import torch
        torch.set_num_threads(given.threads)
    print("\n".join(main(given.repeats, tuple(given.sizes), given.train)))

"""Twenty NIR graphs: every node that is read, chains, branches, loops, nests and delays."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import nir
import numpy as np

SIZE = 6
RNG = np.random.default_rng(11)


def weights(*shape: int) -> Any:
    return RNG.normal(0.4, 0.6, shape)


def lif(n: int, **more: Any) -> nir.LIF:
    return nir.LIF(**{"tau": np.full(n, 0.01), "r": np.full(n, 8.0), "v_leak": np.zeros(n),
                      "v_threshold": np.ones(n), "v_reset": np.zeros(n), **more})


def cuba(n: int, **more: Any) -> nir.CubaLIF:
    return nir.CubaLIF(**{"tau_syn": np.full(n, 0.004), "tau_mem": np.full(n, 0.01),
                          "r": np.full(n, 8.0), "v_leak": np.zeros(n), "v_threshold": np.ones(n),
                          "v_reset": np.zeros(n), "w_in": np.full(n, 2.0), **more})


def integrate(n: int) -> nir.IF:
    return nir.IF(r=np.ones(n), v_threshold=np.full(n, 2.0), v_reset=np.zeros(n))


def chain(*nodes: Any, size: int = SIZE, shape: Any = None) -> nir.NIRGraph:
    given = np.array([size] if shape is None else shape)
    names = ["input", *(f"node{i}" for i in range(len(nodes))), "output"]
    last = next(n for n in reversed(nodes) if hasattr(n, "v_threshold") or hasattr(n, "r")
                or hasattr(n, "weight") or hasattr(n, "threshold"))
    out = nir.Output(np.array(next(iter(last.output_type.values()))))
    whole = dict(zip(names, [nir.Input(given), *nodes, out], strict=True))
    return nir.NIRGraph(whole, list(itertools.pairwise(names)), type_check=False)


def wired(nodes: dict[str, Any], *edges: tuple[str, str]) -> nir.NIRGraph:
    return nir.NIRGraph({"input": nir.Input(np.array([SIZE])), **nodes}, list(edges),
                        type_check=False)


def recurrent() -> nir.NIRGraph:
    return wired({"w": nir.Linear(weights(5, SIZE)), "a": lif(5),
                  "back": nir.Linear(weights(5, 5) - 0.5), "output": nir.Output(np.array([5]))},
                 ("input", "w"), ("w", "a"), ("a", "back"), ("back", "a"), ("a", "output"))


def nested() -> nir.NIRGraph:
    inner = nir.NIRGraph({"input": nir.Input(np.array([5])), "lif": lif(5),
                          "w_rec": nir.Linear(weights(5, 5) - 0.5),
                          "output": nir.Output(np.array([5]))},
                         [("input", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")])
    return wired({"0": nir.Affine(weights(5, SIZE), weights(5) / 9), "1": inner,
                  "2": nir.Linear(weights(3, 5)), "3": lif(3), "output": nir.Output(np.array([3]))},
                 ("input", "0"), ("0", "1"), ("1", "2"), ("2", "3"), ("3", "output"))


def skipping() -> nir.NIRGraph:
    return wired({"w": nir.Linear(weights(5, SIZE)), "a": lif(5), "w2": nir.Linear(weights(4, 5)),
                  "b": lif(4), "w3": nir.Linear(weights(4, SIZE)),
                  "output": nir.Output(np.array([4]))},
                 ("input", "w"), ("w", "a"), ("a", "w2"), ("w2", "b"), ("input", "w3"),
                 ("w3", "b"), ("b", "output"))


def two_inputs() -> nir.NIRGraph:
    return wired({"other": nir.Input(np.array([3])), "w": nir.Linear(weights(5, SIZE)),
                  "u": nir.Linear(weights(5, 3)), "a": lif(5), "output": nir.Output(np.array([5]))},
                 ("input", "w"), ("other", "u"), ("w", "a"), ("u", "a"), ("a", "output"))


def loop_with_delay() -> nir.NIRGraph:
    return wired({"w": nir.Linear(weights(5, SIZE)), "a": lif(5), "w2": nir.Linear(weights(5, 5)),
                  "b": lif(5), "late": nir.Delay(np.full(5, 0.002)),
                  "back": nir.Linear(-weights(5, 5)), "output": nir.Output(np.array([5]))},
                 ("input", "w"), ("w", "a"), ("a", "w2"), ("w2", "b"), ("b", "late"),
                 ("late", "back"), ("back", "a"), ("b", "output"))


def conv2d(**more: Any) -> nir.Conv2d:
    return nir.Conv2d(**{"input_shape": (4, 4), "weight": weights(3, 2, 2, 2), "stride": 1,
                         "padding": 0, "dilation": 1, "groups": 1, "bias": weights(3) / 9, **more})


def pooled(kind: Any) -> nir.NIRGraph:
    pool = kind(kernel_size=np.array([2, 2]), stride=np.array([2, 2]), padding=np.array([0, 0]))
    return chain(pool, nir.Flatten({"input": np.array([2, 2, 2])}, 0, -1),
                 nir.Linear(weights(4, 8)), lif(4), shape=[2, 4, 4])


GRAPHS: dict[str, Callable[[], nir.NIRGraph]] = {
    "lif": lambda: chain(nir.Linear(weights(5, SIZE)), lif(5)),
    "lif without matrix": lambda: chain(lif(SIZE)),
    "bias": lambda: chain(nir.Affine(weights(5, SIZE), weights(5) / 9), lif(5)),
    "leak, reset and threshold each": lambda: chain(
        nir.Linear(weights(5, SIZE)), lif(5, tau=np.linspace(0.005, 0.02, 5),
        v_leak=np.linspace(-0.5, 0.5, 5), v_threshold=np.linspace(0.8, 1.5, 5),
        v_reset=np.linspace(-1, 0, 5))),
    "two layers": lambda: chain(nir.Linear(weights(5, SIZE)), lif(5), nir.Linear(weights(4, 5)),
                                lif(4)),
    "a layer with a bias behind a layer": lambda: chain(
        nir.Linear(weights(5, SIZE)), lif(5), nir.Affine(weights(4, 5), np.full(4, 0.2)), lif(4)),
    "current": lambda: chain(nir.Linear(weights(5, SIZE)), cuba(5)),
    "current as slow as the membrane": lambda: chain(
        nir.Affine(weights(5, SIZE), weights(5) / 9), cuba(5, tau_syn=np.full(5, 0.01))),
    "integrate and fire": lambda: chain(nir.Linear(weights(5, SIZE)), integrate(5)),
    "threshold": lambda: chain(nir.Linear(weights(5, SIZE)), nir.Threshold(np.full(5, 0.7))),
    "leaky readout": lambda: chain(
        nir.Linear(weights(5, SIZE)), lif(5), nir.Linear(weights(2, 5)),
        nir.LI(tau=np.full(2, 0.02), r=np.ones(2), v_leak=np.zeros(2))),
    "weighted output": lambda: chain(nir.Linear(weights(5, SIZE)), lif(5),
                                     nir.Affine(weights(2, 5), weights(2))),
    "scale": lambda: chain(nir.Scale(np.linspace(0.2, 2, SIZE)), nir.Linear(weights(5, SIZE)),
                           lif(5)),
    "delay": lambda: chain(nir.Delay(np.array([0, 1, 1, 3, 2, 0]) * 1e-3),
                           nir.Linear(weights(5, SIZE)), lif(5)),
    "convolution": lambda: chain(conv2d(), lif(27, v_threshold=np.full(27, 1.5)),
                                 shape=[2, 4, 4]),
    "sums": lambda: pooled(nir.SumPool2d),
    "recurrent": recurrent, "nested": nested, "skipping": skipping, "two inputs": two_inputs,
    "loop with delay": loop_with_delay}

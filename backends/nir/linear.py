"""NIR's nodes without state as sparse matrices: dense ones, convolutions, pooling."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from ...simulator.errors import DescriptionError

Shape = tuple[int, ...]


def shape_after(kind: str, node: Any, shape: Shape | None, where: str) -> Shape | None:
    """Shape of what a linear node gives; None as long as its input's is not known and needed."""
    if kind in ("Affine", "Linear"):
        w = np.shape(node.weight)
        if len(w) != 2:
            raise DescriptionError(f"{where}: a weight of shape {w}; give a matrix (outputs, "
                                   "inputs), and a Flatten before it")
        _fits(shape, (w[1],), where)
        return (int(w[0]),)
    if kind in ("Scale", "Delay"):
        own = np.shape(node.scale if kind == "Scale" else node.delay)
        return shape if np.prod(own) == 1 and shape is not None else tuple(map(int, own))
    if shape is None:
        return None
    if kind == "Flatten":
        start = min(int(node.start_dim), len(shape) - 1)
        end = range(len(shape))[int(node.end_dim)] + 1
        return (*shape[:start], int(np.prod(shape[start:end])), *shape[end:])
    w, _, stride, padding, dilation, groups = kernel(kind, node, shape)
    if shape[0] != w.shape[1] * groups or len(shape) != w.ndim - 1:
        raise DescriptionError(f"{where}: inputs of shape {shape} do not fit a kernel of shape "
                               f"{w.shape} with groups={groups}; give (channels, *space)")
    space = (1 + (n + before + after - d * (k - 1) - 1) // s
             for n, (before, after), d, k, s in zip(shape[1:], padding, dilation, w.shape[2:],
                                                    stride, strict=True))
    return (w.shape[0], *space)


def _fits(shape: Shape | None, wanted: Shape, where: str) -> None:
    if shape is not None and np.prod(shape) != np.prod(wanted):
        raise DescriptionError(f"{where}: it takes {int(np.prod(wanted))} inputs and {shape} "
                               "reaches it; make them agree")


def matrix(kind: str, node: Any, shape: Shape, where: str) -> tuple[Any, Any]:
    """A linear node as (SciPy sparse matrix, bias or None) on inputs of `shape`, row by row."""
    from scipy.sparse import csr_array, diags_array, eye_array
    size = int(np.prod(shape))
    if kind in ("Affine", "Linear"):
        bias = np.asarray(node.bias, float).ravel() if kind == "Affine" else None
        return csr_array(np.asarray(node.weight, float)), bias
    if kind == "Scale":
        factor = np.broadcast_to(np.asarray(node.scale, float), shape).ravel()
        return diags_array(factor).tocsr(), None
    if kind in ("Flatten", "Delay"):
        return eye_array(size).tocsr(), None
    out = shape_after(kind, node, shape, where)
    assert out is not None
    bias = kernel(kind, node, shape)[1]
    whole = None if bias is None else np.repeat(bias, int(np.prod(out[1:])))
    return _convolution(kernel(kind, node, shape), shape, out), whole


def kernel(kind: str, node: Any, shape: Shape) -> tuple[Any, ...]:
    """(weight, bias, stride, padding as pairs, dilation, groups) of a convolution or a pool."""
    if kind in ("SumPool2d", "AvgPool2d"):
        k = _pair(node.kernel_size, 2)
        w = np.full((shape[0], 1, *k), 1.0 / (np.prod(k) if kind == "AvgPool2d" else 1.0))
        pads = tuple((p, p) for p in _pair(node.padding, 2))
        return w, None, _pair(node.stride, 2), pads, (1, 1), shape[0]
    w = np.asarray(node.weight, float)
    space = w.ndim - 2
    dilation = _pair(node.dilation, space)
    if isinstance(node.padding, str):
        whole = [d * (k - 1) * (node.padding == "same")
                 for d, k in zip(dilation, w.shape[2:], strict=True)]
        pads = tuple((n // 2, n - n // 2) for n in whole)
    else:
        pads = tuple((p, p) for p in _pair(node.padding, space))
    bias = None if node.bias is None else np.asarray(node.bias, float)
    return w, bias, _pair(node.stride, space), pads, dilation, int(np.asarray(node.groups))


def _pair(x: Any, n: int) -> tuple[int, ...]:
    return tuple(int(i) for i in np.broadcast_to(np.asarray(x), (n,)))


def _convolution(parts: tuple[Any, ...], shape: Shape, out: Shape) -> Any:
    from scipy.sparse import coo_array
    w, _, stride, padding, dilation, groups = parts
    places = np.indices(out[1:]).reshape(len(out) - 1, -1)
    rows, columns, values = [], [], []
    o = np.arange(w.shape[0])
    first = o // (w.shape[0] // groups) * w.shape[1]
    for offset in itertools.product(*map(range, w.shape[2:])):
        at = [p * s - pad[0] + k * d for p, s, pad, k, d in zip(
            places, stride, padding, offset, dilation, strict=True)]
        inside = np.all([(a >= 0) & (a < n) for a, n in zip(at, shape[1:], strict=True)], axis=0)
        source = np.ravel_multi_index([a[inside] for a in at], shape[1:])
        goal = np.ravel_multi_index([p[inside] for p in places], out[1:])
        for c in range(w.shape[1]):
            rows.append((o[:, None] * int(np.prod(out[1:])) + goal).ravel())
            columns.append(((first + c)[:, None] * int(np.prod(shape[1:])) + source).ravel())
            values.append(np.repeat(w[(slice(None), c, *offset)], len(goal)))
    size = (int(np.prod(out)), int(np.prod(shape)))
    return coo_array((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))),
                     size).tocsr()

"""Ordered sums of `ordered_sum` on tensors, with gradients.

On a CPU in float32 and float64: compiled, in the order of the synapses. Elsewhere in float64: the
same order, one column of synapses after the other, so the bits are the same; in other types a
matrix product, whose order is the library's own.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
import torch

from .ordered_sum import Rows

COMPILED = (torch.float32, torch.float64)
BLOCK_BYTES = 1 << 18
"""Bytes of the sums that a thread works on at a time: they stay in its second-level cache."""

SERIAL = 1 << 22
"""Additions, 0.4 ms, below which waking a second thread takes longer than it saves."""

FEW = 0.25
"""In float32, a larger part of the spikes makes a matrix product the faster way (measured)."""


class Table:
    """`Rows` with its arrays as tensors on each device that asked for them."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.indptr = np.ascontiguousarray(rows.indptr, np.int64)
        self.post = np.ascontiguousarray(rows.post)
        self._kept: dict[Any, Any] = {}

    def index(self, name: str, device: Any) -> Any:
        """`pre` or `post` of each synapse as an int64 tensor."""
        key = (name, torch.device(device))
        if key not in self._kept:
            array = np.asarray(getattr(self.rows, name), np.int64)
            self._kept[key] = torch.from_numpy(array.copy()).to(device)
        return self._kept[key]

    def columns(self, device: Any) -> list[tuple[Any, Any]]:
        """Disjoint groups of synapses: the first of each target, the second of each, ...

        Pairs (synapses, their targets). Adding group after group is adding in order.
        """
        key = ("columns", torch.device(device))
        if key not in self._kept:
            order = np.argsort(self.post, kind="stable")
            ends = self.post[order]
            rank = np.arange(len(ends)) - np.searchsorted(ends, ends)
            groups = []
            for r in range(int(rank.max(initial=-1)) + 1):
                s = order[rank == r]
                groups.append((torch.from_numpy(s.astype(np.int64)).to(device),
                               torch.from_numpy(self.post[s].astype(np.int64)).to(device)))
            self._kept[key] = groups
        return self._kept[key]  # type: ignore[no-any-return]


def ordered_add(base: Any, spikes: Any, values: Any, table: Table) -> Any:
    """`base` (B, width) plus what `spikes` (B, height) send through `values` (nnz,) or (B, nnz).

    A new tensor. Differentiable in all three.
    """
    if not table.rows.post.size:
        return base
    if not torch.is_grad_enabled() or not (base.requires_grad or spikes.requires_grad
                                           or values.requires_grad):
        return _add(base, spikes, values, table)  # a node that nobody asks for takes its time too
    return _OrderedAdd.apply(base, spikes, values, table)  # type: ignore[no-untyped-call]


def _add(base: Any, spikes: Any, values: Any, table: Table) -> Any:
    if base.dtype in COMPILED and base.device.type == "cpu":
        return _compiled(base, spikes, values, table)
    if base.dtype == torch.float64:
        return _grouped(base, spikes, values, table)
    return base + _product(spikes, values, table)


class _OrderedAdd(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, base: Any, spikes: Any, values: Any, table: Table) -> Any:
        ctx.save_for_backward(spikes, values)
        ctx.table = table
        return _add(base, spikes, values, table)

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        spikes, values = ctx.saved_tensors
        rows = ctx.table.rows
        to_spikes = to_values = None
        if rows.dense and values.dim() == 1:
            if ctx.needs_input_grad[1]:
                to_spikes = gradient @ values.view(rows.height, rows.width).T
            if ctx.needs_input_grad[2]:
                to_values = (spikes.T @ gradient).reshape(-1)
        elif gradient.dtype in COMPILED and gradient.device.type == "cpu":
            to_spikes, to_values = _compiled_backward(ctx, gradient, spikes, values)
        else:
            ends = gradient[:, ctx.table.index("post", gradient.device)]
            pre = ctx.table.index("pre", gradient.device)
            if ctx.needs_input_grad[1]:
                to_spikes = torch.zeros_like(spikes).index_add_(1, pre, ends * values)
            if ctx.needs_input_grad[2]:
                to_values = ends * spikes[:, pre]
                to_values = to_values.sum(0) if values.dim() == 1 else to_values
        return gradient, to_spikes, to_values, None


def _grouped(base: Any, spikes: Any, values: Any, table: Table) -> Any:
    out = base.clone()
    pre = table.index("pre", base.device)
    for synapses, targets in table.columns(base.device):
        sent = spikes[:, pre[synapses]] * values[..., synapses]
        out[:, targets] = out[:, targets] + sent
    return out


def _product(spikes: Any, values: Any, table: Table) -> Any:
    rows = table.rows
    if rows.dense and values.dim() == 1:
        return spikes @ values.view(rows.height, rows.width)
    sent = spikes[:, table.index("pre", spikes.device)] * values
    out = torch.zeros(len(spikes), rows.width, dtype=spikes.dtype, device=spikes.device)
    return out.index_add_(1, table.index("post", spikes.device), sent)


# -- compiled ------------------------------------------------------------------------------------
def _array(x: Any) -> Any:
    return x.detach().contiguous().numpy()


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads - 1)


def _spread(work: Callable[[int, int], None], size: int, step: int, additions: float) -> None:
    """Call `work(first, last)` over 0..size in pieces of at least `step`, on torch's threads."""
    threads = torch.get_num_threads() if additions > SERIAL else 1
    pieces = max(1, min(size // max(step, 1), threads))
    cut = [size * n // pieces for n in range(pieces + 1)]
    others = [_pool(threads).submit(work, *cut[n:n + 2]) for n in range(1, pieces)]
    work(cut[0], cut[1])
    for other in others:
        other.result()


def _compiled(base: Any, spikes: Any, values: Any, table: Table) -> Any:
    from . import ordered_sum_numba as fast
    rows = table.rows
    out = base.detach().clone(memory_format=torch.contiguous_format)
    total, fired, own = out.numpy(), _array(spikes), _array(values)
    own = own[None] if own.ndim == 1 else own
    if not rows.dense or len(own) > 1:
        def sparse(first: int, last: int) -> None:
            fast.add_sparse(total, fired, table.indptr, table.post, own, first, last)
        _spread(sparse, len(fired), 1, float(np.count_nonzero(fired)) * len(table.post)
                / max(rows.height, 1))
        return out
    start, who = np.zeros(rows.height + 1, np.int64), np.empty(fired.size, np.int32)
    spoke = fast.by_source(fired, start, who)
    if base.dtype == torch.float32 and spoke > FEW * fired.size:
        return out + spikes.detach() @ values.detach().view(rows.height, rows.width)
    block = max(64, BLOCK_BYTES // (len(fired) * out.element_size()))

    def dense(first: int, last: int) -> None:
        for j in range(first, last, block):
            fast.add_dense(total, fired, start, who, own, j, min(j + block, last))
    if spoke:
        _spread(dense, rows.width, 64, float(spoke) * rows.width)
    return out


def _compiled_backward(ctx: Any, gradient: Any, spikes: Any, values: Any) -> Any:
    from . import ordered_sum_numba as fast
    table, rows = ctx.table, ctx.table.rows
    g, fired, own = _array(gradient), _array(spikes), _array(values)
    own = own[None] if own.ndim == 1 else own
    to_spikes = to_values = None
    additions = float(len(g)) * len(table.post)
    if ctx.needs_input_grad[1]:
        to_spikes = torch.empty_like(spikes, memory_format=torch.contiguous_format)
        a = to_spikes.numpy()
        _spread(lambda first, last: fast.spike_gradient(a, g, table.indptr, table.post, own, first,
                                                        last), len(g), 1, additions)
    if ctx.needs_input_grad[2]:
        to_values = torch.zeros(own.shape, dtype=values.dtype)
        c = to_values.numpy()
        _spread(lambda first, last: fast.value_gradient(c, g, fired, table.indptr, table.post,
                                                        first, last), rows.height, 1, additions)
        to_values = to_values.view(values.shape)
    return to_spikes, to_values

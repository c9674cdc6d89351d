"""Matrices of accuracy, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..continual import accuracy, backward_transfer
from ..figures import INK, LABEL, NOTE, TICK
from .drawing import panels


def matrices(rows: Sequence[Sequence[tuple[str, Any]]]) -> Any:
    """A row of panels each: title and R of every seed (S, T, T); all on one scale of grey."""
    columns = max(len(row) for row in rows)
    axes = panels(1.9 * columns + 0.6, 2.15 * len(rows), columns, len(rows))
    shown = None
    for line, row in zip(axes, rows, strict=True):
        for ax in line[len(row):]:
            ax.set_axis_off()
        for ax, (title, found) in zip(line, row, strict=False):
            r = np.array(found)
            shown = ax.imshow(r.mean(axis=0), cmap="Greys", vmin=0.0, vmax=1.0)
            acc, bwt = (np.mean([of(one) for one in r]) for of in (accuracy, backward_transfer))
            ax.set_title(f"{title}\nACC {acc:.2f}, BWT {bwt:+.2f}", loc="left", fontsize=NOTE,
                         color=INK)
            ax.set_xticks([0, r.shape[1] - 1], ["1", str(r.shape[1])])
            ax.set_yticks([0, r.shape[1] - 1], ["1", str(r.shape[1])])
            ax.tick_params(colors=INK, labelsize=TICK)
        line[0].set_ylabel("after task", fontsize=LABEL)
    axes[-1, 0].set_xlabel("accuracy on task", fontsize=LABEL)
    axes[0, 0].figure.colorbar(shown, ax=axes, shrink=0.5, aspect=30).ax.tick_params(
        labelsize=TICK, colors=INK)
    return axes

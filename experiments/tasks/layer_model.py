"""The model of a task around the memory layer of a setting."""

from __future__ import annotations

from typing import Any

from ...models.layers import require_torch
from ...models.memory import CannotDo
from ..memories.entry import LayerNeed
from .task import Setting

__all__ = ["model_for", "require_torch"]


def model_for(setting: Setting, width: int, length: int, classes: int, blocks: int = 2,
              tokens: int | None = None, inputs: int = 1, bare: bool = False) -> Any:
    """Embedding, blocks around layers of the setting's entry, logits; its parameters drawn from the
    setting's seed.

    With `bare`, a layer that is a network by itself stands alone; with tokens it is then as wide as
    there are tokens, which must be the classes too. CannotDo for a budget of state bits.
    """
    from ...models.layers import seeded
    from .sequence_model import BareModel, SequenceModel
    if setting.state_bits is not None:
        raise CannotDo("layers are compared as they come: their state bits are in the record, and "
                       "no size is solved for")
    with seeded(setting.seed):
        drawn = iter(range(1000 * setting.seed, 1000 * setting.seed + 1000))

        def layer(wide: int = width) -> Any:
            return setting.entry.build(LayerNeed(wide, length, next(drawn)))

        first = layer(tokens or width)
        if bare and getattr(first, "alone", False):
            return BareModel(first, tokens or width, classes, tokens, inputs)
        return SequenceModel(layer, width, classes, blocks, tokens, inputs)


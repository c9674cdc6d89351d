"""Sequences of pairs of tokens and questions about them: the generators of T3, T3b and T3c.

Arora et al. 2023 (Zoology). A sequence is k1 v1 .. kP vP and then slots in which the keys come
again, once each; after a question the label is its value, elsewhere it is IGNORED, and what stands
in an empty slot is token 0 or, with `filled`, any token. The gaps to the questions follow a power
law. All draws come from one generator that is handed in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...simulator.errors import DescriptionError
from .labels import IGNORED

Tokens = NDArray[np.int64]
POWER = 0.01
FILLED_FROM = 1000
"""Tokens from which random ones may fill empty slots: of fewer, too many would be keys"""


@dataclass(frozen=True)
class Pairs:
    """`tokens` of vocabulary, `length` of a sequence, `pairs` in it."""

    tokens: int
    length: int
    pairs: int
    filled: bool | None = None

    def fills(self) -> bool:
        """`filled`, or whether the vocabulary is large enough for it."""
        return self.tokens >= FILLED_FROM if self.filled is None else self.filled


def drawn(rng: np.random.Generator, count: int, choices: int, picks: int) -> Tokens:
    """(count, picks): each row `picks` different numbers below `choices`, in random order."""
    return np.argpartition(rng.random((count, choices)), picks - 1, axis=1)[:, :picks] \
        if picks < choices else rng.permuted(np.tile(np.arange(choices), (count, 1)), axis=1)


def gaps(rng: np.random.Generator, count: int, slots: int, picks: int) -> Tokens:
    """(count, picks) different slots; slot i is drawn in proportion to (i + 1) ** (POWER - 1).

    Drawing without replacement, one after another, is taking the largest of the logs of the odds
    plus Gumbel noise.
    """
    if slots < picks:
        raise DescriptionError(f"{picks} questions need as many slots; there are {slots}: make the "
                               "sequence longer")
    odds = (POWER - 1) * np.log(np.arange(1, slots + 1))
    return np.argsort(-(odds + rng.gumbel(size=(count, slots))), axis=1)[:, :picks]


def placed(rng: np.random.Generator, wanted: Pairs, context: Tokens, questions: Tokens,
           answers: Tokens) -> tuple[Tokens, Tokens]:
    """Inputs and labels (count, length): `context` and then `questions` (count, pairs, tokens of a
    question) in slots one token longer than a question; the label `answers` is at its last token.
    """
    count, pairs, size = questions.shape
    start = context.shape[1]
    slots = (wanted.length - start) // (size + 1)
    where = start + (size + 1) * gaps(rng, count, slots, pairs)
    inputs = np.zeros((count, wanted.length), np.int64)
    labels = np.full((count, wanted.length), IGNORED, np.int64)
    inputs[:, :start] = context
    for part in range(size):
        np.put_along_axis(inputs, where + part, questions[:, :, part], axis=1)
    np.put_along_axis(labels, where + size - 1, answers, axis=1)
    if wanted.fills():
        empty = inputs == 0
        inputs[empty] = rng.integers(0, wanted.tokens, int(empty.sum()))
    return inputs, labels


def mqar(rng: np.random.Generator, count: int, wanted: Pairs) -> tuple[Tokens, Tokens]:
    """T3: keys from the lower half of the vocabulary (not 0), values from the upper."""
    half = wanted.tokens // 2
    keys = 1 + drawn(rng, count, half - 1, wanted.pairs)
    values = half + drawn(rng, count, wanted.tokens - half, wanted.pairs)
    context = np.stack([keys, values], 2).reshape(count, -1)
    return placed(rng, wanted, context, keys[:, :, None], values)


def forgetting(rng: np.random.Generator, count: int, wanted: Pairs, updates: int
               ) -> tuple[Tokens, Tokens]:
    """T3b: then `updates` of the keys come again with another value, and that is the answer.

    The new value differs from the one that this key had (in Zoology's it differs from that of
    another key, so that an update may change nothing).
    """
    half, rows = wanted.tokens // 2, np.arange(count)[:, None]
    keys = 1 + drawn(rng, count, half - 1, wanted.pairs)
    values = half + drawn(rng, count, wanted.tokens - half, wanted.pairs)
    again = drawn(rng, count, wanted.pairs, updates)
    shift = rng.integers(1, wanted.tokens - half, (count, updates))
    new = half + (values[rows, again] - half + shift) % (wanted.tokens - half)
    first = np.stack([keys, values], 2).reshape(count, -1)
    then = np.stack([keys[rows, again], new], 2).reshape(count, -1)
    values[rows, again] = new
    return placed(rng, wanted, np.concatenate([first, then], 1), keys[:, :, None], values)


def compositional(rng: np.random.Generator, count: int, wanted: Pairs) -> tuple[Tokens, Tokens]:
    """T3c: keys of two tokens, all combinations of a few: neither token alone tells the value.

    `pairs` is a square; a third of the vocabulary each for first tokens, second tokens, values.
    """
    side, third = round(wanted.pairs ** 0.5), wanted.tokens // 3
    if side * side != wanted.pairs:
        raise DescriptionError(f"{wanted.pairs} pairs of compositional keys; give a square")
    first = 1 + drawn(rng, count, third - 1, side)
    second = third + drawn(rng, count, third, side)
    grid = np.stack([np.repeat(first, side, 1), np.tile(second, (1, side))], 2)
    order = drawn(rng, count, wanted.pairs, wanted.pairs)
    keys = np.take_along_axis(grid, order[:, :, None], axis=1)
    values = 2 * third + drawn(rng, count, wanted.tokens - 2 * third, wanted.pairs)
    context = np.concatenate([keys, values[:, :, None]], 2).reshape(count, -1)
    return placed(rng, wanted, context, keys, values)

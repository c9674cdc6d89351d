"""Memory layers, by name. A new one is a file in models/layers and an entry here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .entry import Entry, LayerNeed

HIDDEN = 64
"""Units of recurrent baselines where the width is smaller"""


def _built(name: str, **options: Any) -> Callable[[LayerNeed], Any]:
    """Class `name` of `models.layers`, its parameters drawn from the need's seed. An option may be
    a function of the need."""
    def build(need: LayerNeed) -> Any:
        from ...models import layers
        with layers.seeded(need.seed):
            return getattr(layers, name)(need.width, **{
                option: value(need) if callable(value) else value
                for option, value in options.items()})
    return build


def _layer(name: str, summary: str, source: str, made_of: str, family: str = "",
           spiking: bool = False, **options: Any) -> Entry:
    return Entry(name, summary, source, _built(made_of, **options), role="layer", spiking=spiking,
                 family=family)


def _length(need: LayerNeed) -> int:
    return need.length


def _hidden(need: LayerNeed) -> int:
    return max(need.width, HIDDEN)


ENTRIES: tuple[Entry, ...] = (
    _layer("attention-layer", "softmax attention over all tokens so far", "Vaswani et al. 2017",
           "SoftmaxAttention", length=_length),
    _layer("hopfield-layer", "modern Hopfield network that stores the tokens", "Ramsauer et al. "
           "2021", "Hopfield", length=_length),
    _layer("hopfield-pooling", "the tokens so far pooled by a learnt query",
           "Ramsauer et al. 2021", "HopfieldPooling"),
    _layer("hopfield-lookup", "modern Hopfield network with a learnt store (control)",
           "Ramsauer et al. 2021", "HopfieldLayer", family="unwritable"),
    _layer("linear-layer", "linear attention", "Schmidhuber 1992; Katharopoulos et al. 2020",
           "LinearAttention"),
    _layer("linear-elu-layer", "linear attention with elu + 1 features and normalised reads",
           "Katharopoulos et al. 2020", "LinearAttention", feature="elu"),
    _layer("delta-layer", "DeltaNet", "Schlag et al. 2021; Yang et al. 2024", "DeltaNet"),
    _layer("gated-delta-layer", "gated DeltaNet", "Yang et al. 2025", "DeltaNet", gated=True),
    _layer("titans", "linear neural memory with momentum and forgetting", "Behrouz et al. 2025",
           "Titans", chunk=8),
    _layer("titans-mlp", "two-layer neural memory with momentum and forgetting",
           "Behrouz et al. 2025", "TitansMLP"),
    _layer("mosaic", "memory mosaic: keys ask for what came after them", "Zhang et al. 2025",
           "MemoryMosaic", length=_length),
    _layer("legs", "the whole past as Legendre coefficients", "Gu et al. 2020", "LegS"),
    _layer("legt", "a window as Legendre coefficients (Legendre memory unit)",
           "Voelker et al. 2019", "LegT", window=_length),
    _layer("associative-leaky", "snnTorch's associative spiking neurons", "snnTorch 1.0",
           "AssociativeLeakyLayer", spiking=True),
    _layer("state-leaky", "snnTorch's leaky neurons without reset", "snnTorch 1.0",
           "StateLeakyLayer", spiking=True),
    _layer("gam", "window and learnt codebook (control)", "arXiv 2509.00605", "GAM",
           family="unwritable"),
    _layer("rnn", "Elman's network", "Elman 1990", "Recurrent", kind="rnn", hidden=_hidden),
    _layer("lstm", "long short-term memory", "Hochreiter & Schmidhuber 1997", "Recurrent",
           kind="lstm", hidden=_hidden),
    _layer("gru", "gated recurrent units", "Cho et al. 2014", "Recurrent", kind="gru",
           hidden=_hidden),
    _layer("wave-rnn", "recurrent network with travelling waves", "Keller et al. 2024", "WaveRNN"),
    _layer("identity-rnn", "recurrent network that begins as the identity", "Le et al. 2015",
           "IdentityRNN"),
)

"""SONATA, the file format of networks and spikes, in both directions."""

from .reading import from_sonata
from .spikes import read_spikes, write_spikes
from .writing import export, to_sonata

__all__ = ["export", "from_sonata", "read_spikes", "to_sonata", "write_spikes"]

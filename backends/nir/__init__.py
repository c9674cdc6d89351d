"""NIR, the neuromorphic intermediate representation, in both directions."""

from .folder import export
from .reading import from_nir
from .writing import nir_findings, to_nir

__all__ = ["export", "from_nir", "nir_findings", "to_nir"]

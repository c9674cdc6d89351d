"""Functions of the module beside the run: what there is, and what only a machine has."""

from __future__ import annotations

from typing import Any

from . import cells, extra_models, sources
from .dialect import accept

__all__ = ["extra_models", "list_standard_models", "set_number_of_neurons_per_core"]


def list_standard_models() -> list[str]:
    """Names of the cell types there are."""
    return sorted(name for module in (cells, sources) for name, value in vars(module).items()
                  if isinstance(value, type) and hasattr(value, "translations")
                  and value.__module__ == module.__name__)


def set_number_of_neurons_per_core(celltype: Any, number: int) -> None:
    """Accepted from scripts for sPyNNaker; nothing is placed on cores here."""
    accept("neurons per core", f"set_number_of_neurons_per_core({celltype.__name__}, {number})")

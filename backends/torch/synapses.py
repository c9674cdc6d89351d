"""What a module keeps of its projections: parameters, buffers and structure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

from ...simulator.errors import DescriptionError


class Parts(nn.Module):
    """Modules by name; any name will do, 'train' and 'pop' too."""

    def __init__(self, parts: dict[str, nn.Module]) -> None:
        super().__init__()
        self._modules.update(parts)

    def __getitem__(self, name: str) -> Any:
        if name not in self._modules:
            raise DescriptionError(f"there is no {name!r}; there are {', '.join(self._modules)}")
        return self._modules[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def items(self) -> Any:
        """Pairs of name and module."""
        return self._modules.items()


class Values(nn.Module):
    """Tensors by name, trained or not; any name will do."""

    def __init__(self, constants: dict[str, Any], state: dict[str, Any],
                 trained: frozenset[str]) -> None:
        super().__init__()
        self.names = {"constants": tuple(constants), "state": tuple(n for n in state
                                                                    if n in trained)}
        for name, value in {**constants, **{n: state[n] for n in self.names["state"]}}.items():
            x = torch.tensor(np.asarray(value), dtype=torch.float64)
            (self._parameters if name in trained else self._buffers)[name] = (
                nn.Parameter(x) if name in trained else x)

    def _value(self, name: str) -> Any:
        return self._parameters[name] if name in self._parameters else self._buffers[name]

    def constants(self) -> dict[str, Any]:
        """Values that do not change in a run."""
        return {n: self._value(n) for n in self.names["constants"]}

    def initial(self) -> dict[str, Any]:
        """First values that train."""
        return {n: self._value(n) for n in self.names["state"]}

    def trained(self) -> Iterator[tuple[str, Any]]:
        """Names and parameters."""
        return iter(self._parameters.items())


class Synapses(Values):
    """Weights of a projection, one a synapse, sorted by (pre, post), and where each one lies."""

    def __init__(self, made: Any, n: int) -> None:
        q = made.plan.projections[n]
        trained = made.trained.get(q.name, frozenset())
        super().__init__({v: x for v, x in q.constants.items()
                          if np.ndim(x) or v in trained}, q.state, trained)
        self.title = q.name
        if not q.dense:  # where all pairs are joined there is nothing to compare
            self._buffers["indptr"] = torch.from_numpy(np.array(q.indptr, np.int64))
            self._buffers["post"] = torch.from_numpy(np.array(q.post, np.int64))

    def _load_from_state_dict(self, state: dict[str, Any], prefix: str, *more: Any) -> None:
        for name in ("indptr", "post"):
            theirs, mine = state.get(prefix + name), self._buffers.get(name)
            if theirs is not None and mine is not None and (theirs.shape != mine.shape
                                       or not torch.equal(theirs.to(mine.device), mine)):
                raise DescriptionError(f"projection {self.title!r}: the synapses in this "
                                       "state_dict are not those of the module; build it from the "
                                       "same network and seed")
        super()._load_from_state_dict(state, prefix, *more)

"""engram: one description of a spiking memory, the same spikes on every backend."""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

# Public names load their module on first use, so that `import engram` stays quick.
_HOME = {
    "Network": "simulator.network", "Population": "simulator.network",
    "Projection": "simulator.network", "View": "simulator.network",
    "NeuronModel": "simulator.models", "SynapseModel": "simulator.models",
    "SpikeTimes": "simulator.stimuli", "Poisson": "simulator.stimuli",
    "StepCurrent": "simulator.stimuli",
    "SpikeProbe": "simulator.probes", "StateProbe": "simulator.probes",
    "WeightProbe": "simulator.probes",
    "OneToOne": "simulator.connectors", "AllToAll": "simulator.connectors",
    "FixedProbability": "simulator.connectors", "FixedOutDegree": "simulator.connectors",
    "FixedInDegree": "simulator.connectors", "DistanceDependent": "simulator.connectors",
    "FromArrays": "simulator.connectors", "from_sparse": "simulator.connectors",
    "Trial": "simulator.batch", "BatchResults": "simulator.batch_results",
    "Quantity": "simulator.units", "lower": "simulator.lower",
    "Results": "simulator.results",
    "simulate": "backends.simulation", "compile": "backends.simulation",
    "Simulation": "backends.simulation", "resume": "backends.checkpoint",
    "record": "backends.record.recording", "Recording": "backends.record.recording",
    "from_snntorch": "backends.ann.snntorch_import", "to_snntorch": "backends.ann.snntorch_export",
    "from_norse": "backends.ann.norse_import", "to_norse": "backends.ann.norse_export",
    "from_nir": "backends.nir", "to_nir": "backends.nir",
    "from_sonata": "backends.sonata", "to_sonata": "backends.sonata",
    "as_module": "backends.torch.api", "cell": "backends.torch.api",
    "export": "backends.export.targets", "ExportError": "backends.export.findings",
    "compare": "experiments.comparison", "write_report": "experiments.report.write",
    "verify": "experiments.verify", "equivalence": "experiments.equivalence",
    "DescriptionError": "simulator.errors", "UnitError": "simulator.errors",
    "UnsupportedError": "simulator.errors", "EngramError": "simulator.errors",
    "ArchiveError": "simulator.errors", "MissingPackageError": "simulator.errors",
}

__all__ = sorted([*_HOME, "units"])


def __getattr__(name: str) -> Any:
    # Absolute names: pytest loads this file once more under the name of the folder it lies in.
    if name == "units":
        return importlib.import_module("engram.simulator.units")
    if name not in _HOME:
        units = importlib.import_module("engram.simulator.units").UNITS
        if name in units:  # from engram import ms, mV, nA
            return units[name]
        raise AttributeError(f"engram has no {name!r}; it has {', '.join(__all__)}")
    value = getattr(importlib.import_module(f"engram.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]

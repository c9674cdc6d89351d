"""What a network is and what one time step means."""

from .connectors import (
    AllToAll,
    DistanceDependent,
    FixedInDegree,
    FixedOutDegree,
    FixedProbability,
    FromArrays,
    OneToOne,
    from_sparse,
)
from .lower import lower
from .models import NeuronModel, SynapseModel
from .network import Network, Population, Projection, View
from .probes import SpikeProbe, StateProbe, WeightProbe
from .stimuli import Poisson, SpikeTimes, StepCurrent

__all__ = ["AllToAll", "DistanceDependent", "FixedInDegree", "FixedOutDegree", "FixedProbability",
           "FromArrays", "Network", "NeuronModel", "OneToOne", "Poisson", "Population",
           "Projection", "SpikeProbe", "SpikeTimes", "StateProbe", "StepCurrent", "SynapseModel",
           "View", "WeightProbe", "from_sparse", "lower"]

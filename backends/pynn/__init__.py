"""A PyNN simulator: `import engram.backends.pynn as sim`. See docs/pynn.md."""

from pyNN import errors, random, space
from pyNN.network import Network
from pyNN.random import GSLRNG, NumpyRNG, RandomDistribution
from pyNN.space import Cuboid, Grid2D, Grid3D, Line, RandomStructure, Space, Sphere
from pyNN.standardmodels import StandardCellType

from . import extra_models
from .cells import (
    EIF_cond_alpha_isfa_ista,
    EIF_cond_exp_isfa_ista,
    HH_cond_exp,
    IF_cond_alpha,
    IF_cond_exp,
    IF_cond_exp_gsfa_grr,
    IF_curr_alpha,
    IF_curr_delta,
    IF_curr_exp,
    Izhikevich,
)
from .connectors import *  # noqa: F403
from .control import (
    end,
    get_current_time,
    get_max_delay,
    get_min_delay,
    get_time_step,
    initialize,
    num_processes,
    rank,
    reset,
    run,
    run_for,
    run_until,
    setup,
)
from .dialect import PyNNWarning
from .electrodes import ACSource, DCSource, NoisyCurrentSource, StepCurrentSource
from .machine import (
    list_standard_models,
    set_number_of_neurons_per_core,
)
from .missing import __getattr__
from .populations import Assembly, Population, PopulationView
from .procedural import connect, create, record, record_gsyn, record_v, set
from .projections import Connection, Projection
from .recording import *  # noqa: F403
from .sources import (
    SpikeSourceArray,
    SpikeSourceGamma,
    SpikeSourcePoisson,
    SpikeSourcePoissonRefractory,
)
from .synapses import (
    AdditivePotentiationMultiplicativeDepression,
    AdditiveWeightDependence,
    GutigWeightDependence,
    MultiplicativeWeightDependence,
    SimpleStochasticSynapse,
    SpikePairRule,
    StaticSynapse,
    STDPMechanism,
    TsodyksMarkramSynapse,
    Vogels2011Rule,
)

"""PyNN itself, or how to get it; comes before every module here that imports it."""

from __future__ import annotations

from ...simulator.errors import MissingPackageError

try:
    from pyNN import errors, random, space
    from pyNN.network import Network
    from pyNN.random import GSLRNG, NumpyRNG, RandomDistribution
    from pyNN.space import Cuboid, Grid2D, Grid3D, Line, RandomStructure, Space, Sphere
    from pyNN.standardmodels import StandardCellType
except ImportError as problem:
    raise MissingPackageError(f"engram.backends.pynn needs PyNN 0.13, which cannot be imported "
                              f"({problem}); pip install 'engram[pynn]'") from None

__all__ = ["GSLRNG", "Cuboid", "Grid2D", "Grid3D", "Line", "Network", "NumpyRNG",
           "RandomDistribution", "RandomStructure", "Space", "Sphere", "StandardCellType", "errors",
           "random", "space"]

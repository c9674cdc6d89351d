"""Networks on disk, one file each, and what a run's file and a network's file share."""

from __future__ import annotations

from .archive_tree import get_tree, put_tree
from .atomic import PathLike, check_writable
from .errors import ArchiveError
from .network import Network
from .sealed import creating, member, opening

__all__ = ["check_writable", "load_network", "save_network"]


def save_network(network: Network, path: PathLike) -> None:
    """Write a network to one HDF5 file. ArchiveError if it cannot be written there."""
    with creating(path, "network") as file:
        put_network(file.create_group("engram"), network)


def load_network(path: PathLike) -> Network:
    """The network in a file of `save_network` or of `save_results(..., network=...)`.

    It equals the one that was saved. Nothing in the file is executed. ArchiveError if it is
    damaged, foreign, of a newer format, or a run without its network.
    """
    with opening(path) as file:
        home = member(file, "engram")
        if "network" not in home:
            raise ArchiveError("holds a run without its network; save it with "
                               "run.save(path, network=network)")
        network = get_tree(member(home, "network"))
        if not isinstance(network, Network):
            raise ArchiveError(f"holds a {type(network).__name__} where a Network should be")
        return network


def put_network(home: object, network: Network) -> None:
    """Store a network in the group `home`, its digest beside it."""
    if not isinstance(network, Network):
        raise ArchiveError(f"{network!r} is not a Network; only networks can be saved as one")
    group = home.create_group("network")  # type: ignore[attr-defined]
    group.attrs["digest"] = network.digest
    put_tree(group, network)

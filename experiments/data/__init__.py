"""Data sets on disk: read strictly, found by ENGRAM_DATA, fetched only when asked to."""

from .catalogue import SETS, digits, fashion_mnist, mnist, nmnist
from .fetch import fetch
from .folder import MissingDataError
from .images import Images, ImageSet
from .nmnist import Events, EventSet, read_events

__all__ = ["SETS", "EventSet", "Events", "ImageSet", "Images", "MissingDataError", "digits",
           "fashion_mnist", "fetch", "mnist", "nmnist", "read_events"]

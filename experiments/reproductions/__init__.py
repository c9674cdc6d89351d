"""Papers and theories reproduced: `engram reproduce NAME` prints ours beside theirs."""

from .record import Record, Row, at_least, at_most, between, near
from .registry import NAMES, find
from .reproduction import Reproduction, reproduce

__all__ = ["NAMES", "Record", "Reproduction", "Row", "at_least", "at_most", "between", "find",
           "near", "reproduce"]

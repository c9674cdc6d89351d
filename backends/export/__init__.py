"""Export: a network as files that other simulators and hardware read."""

from .findings import ExportError, Finding
from .report import Report
from .targets import TARGETS, check, export

__all__ = ["TARGETS", "ExportError", "Finding", "Report", "check", "export"]

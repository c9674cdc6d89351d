"""Learner entries of the catalogue of memories."""

from __future__ import annotations

from .entry import Entry

ENTRIES: tuple[Entry, ...] = ()

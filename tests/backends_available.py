"""Backends that every conformance test runs on."""

BACKENDS = ["reference"]

"""Spiking memories of the core as associative memories: arrays in and out, networks inside."""

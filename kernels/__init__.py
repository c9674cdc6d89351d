"""Numerics on bare arrays; nothing here knows what a network is."""

"""Memories by name: what `engram compare --memories` takes."""

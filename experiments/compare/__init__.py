"""Comparison of memories: jobs, workers, sealed records."""

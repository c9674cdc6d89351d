"""Comparison of memories: runs, records, reports."""

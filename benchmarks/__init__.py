"""Speed beside the peers: `python -m benchmarks` prints ratios measured in turn on one core."""

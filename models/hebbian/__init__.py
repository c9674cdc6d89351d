"""Hebbian memories: Hopfield, dense, multitasking, Willshaw and clique networks."""

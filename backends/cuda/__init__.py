"""A run as one CUDA kernel, and Numba's simulator of it."""

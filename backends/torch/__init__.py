"""A network as tensors: a backend, a module that trains, cells beside snnTorch's."""

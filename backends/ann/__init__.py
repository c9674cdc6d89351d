"""Networks of snnTorch and Norse, in and out, and Norse's own steps as a backend."""

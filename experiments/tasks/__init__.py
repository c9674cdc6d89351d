"""Tasks that memories are compared on."""

"""Where records go: memory, or a file within a budget."""

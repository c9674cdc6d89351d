"""What is measured of memories beside their recall: operations, energy, NeuroBench's metrics."""

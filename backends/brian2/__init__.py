"""The independent witness: a network in Brian2's own words."""

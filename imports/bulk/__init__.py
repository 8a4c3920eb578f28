"""Many records decided at once, with a bound on how many of them may be wrong."""

"""Batches, staged records and the decisions about them, as programs see and take them."""

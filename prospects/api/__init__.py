"""Prospects, contacts, campaigns and pushes, as programs see them."""

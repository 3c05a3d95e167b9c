"""Territories from nothing: which units are centres, and who belongs to which."""

"""Measurements, one command each. Speeds are compared as ratios within one run on one machine."""

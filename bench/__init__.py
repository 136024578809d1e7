"""Measurements of speed and size: run by hand, asserted by no test, part of no release."""

"""A DNS filtering proxy that keeps children safe online and respects their rights."""

__version__ = "0.1.0"

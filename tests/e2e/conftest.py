"""The fixtures that several tests of whole programs share."""

from tests.support.installing import bare, debian, installed, packaged, root, shelf

__all__ = ["bare", "debian", "installed", "packaged", "root", "shelf"]

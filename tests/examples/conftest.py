"""What tests of the examples share: one clean environment for all of them."""

from tests.examples.environment import environment

__all__ = ["environment"]

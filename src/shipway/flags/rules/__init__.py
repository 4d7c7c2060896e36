"""Rules about users: a subset of CEL (cel.dev), read with Python's own parser and compiled to closures."""

from shipway.flags.rules.compile import compile_rule
from shipway.flags.rules.syntax import RuleError
from shipway.flags.rules.values import Test, User

__all__ = ["RuleError", "Test", "User", "compile_rule"]

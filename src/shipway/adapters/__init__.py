"""The only code that meets the outside: one file or folder an adapter, found by its name."""

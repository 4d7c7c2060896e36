"""SQL of PostgreSQL as values: parsed by PostgreSQL's own grammar, and written back."""

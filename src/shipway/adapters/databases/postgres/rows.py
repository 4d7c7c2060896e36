"""How many rows a table has, without counting them."""

ABOUT = "CASE WHEN c.reltuples < 0 THEN pg_relation_size(c.oid) / 100 ELSE c.reltuples END::bigint"
"""Of `pg_class c`: what ANALYZE or a scan found; of a table that neither saw, a row for each hundred bytes."""

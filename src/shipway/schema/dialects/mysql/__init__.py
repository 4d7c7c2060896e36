"""Migrations of MySQL and MariaDB, read by their words: what each statement of DDL costs on which version."""

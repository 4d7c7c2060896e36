"""SQLite, for local development: DDL is transactional, and the text of a table is its schema.

What ALTER TABLE cannot do is done as SQLite's manual says ("Making Other Kinds Of Table Schema Changes"): the
table's text is edited, in a transaction.
"""

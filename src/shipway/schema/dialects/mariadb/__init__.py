"""MariaDB 10.6 and newer, tables of InnoDB.

Each ALTER TABLE says by which ALGORITHM and under which LOCK it is done, so that the server refuses where it
would copy the table instead. DDL commits by itself: each statement has a proof, a query that answers whether
it has happened.
"""

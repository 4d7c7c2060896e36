"""Who has which rights on a table, and who has them whatever is revoked."""

from shipway.adapters.databases.session import Session
from shipway.schema.grants import Grant

RIGHTS = "('SELECT', 'INSERT', 'UPDATE', 'DELETE')"
"""DELETE is one of whole tables alone."""
PUBLIC_MAY_LOOK = "SELECT has_schema_privilege('public', 'shipway', 'USAGE')"
CLOSE = "REVOKE USAGE ON SCHEMA shipway FROM PUBLIC"
GRANTS = f"""
    WITH given AS (
        SELECT c.relowner AS owner, '' AS name, x.* FROM pg_class c, aclexplode(c.relacl) x
        WHERE c.oid = to_regclass(%s)
        UNION ALL
        SELECT c.relowner, a.attname, x.* FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid,
               aclexplode(a.attacl) x
        WHERE c.oid = to_regclass(%s) AND NOT a.attisdropped)
    SELECT coalesce(quote_ident(r.rolname), 'PUBLIC'), g.privilege_type, g.name, g.is_grantable,
           NOT EXISTS (SELECT FROM given o WHERE o.grantee = g.grantee AND o.privilege_type = g.privilege_type
                       AND o.grantor <> o.owner)
           AND NOT EXISTS (SELECT FROM given o WHERE o.grantor = g.grantee AND o.privilege_type = g.privilege_type)
    FROM given g LEFT JOIN pg_roles r ON r.oid = g.grantee
    WHERE g.grantee <> g.owner AND g.privilege_type IN {RIGHTS} ORDER BY 1, 2, 3
"""
COLUMNS = """
    SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped
    ORDER BY attnum
"""
BEYOND = """
    SELECT DISTINCT quote_ident(s.usename)
    FROM pg_class c, pg_stat_activity s JOIN pg_roles r ON r.oid = s.usesysid
    WHERE s.datname = current_database() AND s.pid <> pg_backend_pid() AND s.backend_type = 'client backend'
      AND s.application_name NOT LIKE 'shipway %%' AND c.oid = to_regclass(%s)
      AND (r.rolsuper OR pg_has_role(r.oid, c.relowner, 'USAGE')
           OR EXISTS (SELECT FROM pg_roles p WHERE p.rolname IN ('pg_read_all_data', 'pg_write_all_data')
                      AND pg_has_role(r.oid, p.oid, 'USAGE')))
    ORDER BY 1
"""
OWNER = "SELECT quote_ident(pg_get_userbyid(relowner)) FROM pg_class WHERE oid = to_regclass(%s)"


def is_open(session: Session) -> bool:
    """Whether everybody may look up names in the schema `shipway`."""
    return session.rows(PUBLIC_MAY_LOOK)[0][0] is True


def grants(session: Session, table: str) -> tuple[Grant, ...]:
    """Rights of all but the owner, on the table and on single columns."""
    return tuple(
        Grant(
            role=str(role),
            right=str(right),
            column=str(column),
            may_pass_on=bool(may_pass_on),
            is_movable=bool(is_movable),
        )
        for role, right, column, may_pass_on, is_movable in session.rows(GRANTS, (table, table))
    )


def columns(session: Session, table: str) -> tuple[str, ...]:
    """As they are now, in their order."""
    return tuple(str(row[0]) for row in session.rows(COLUMNS, (table,)))


def beyond(session: Session, table: str) -> tuple[str, ...]:
    """Connected roles that no REVOKE stops: superusers, the owner, who may read or write all data."""
    return tuple(str(row[0]) for row in session.rows(BEYOND, (table,)))


def owner(session: Session, table: str) -> str:
    """In SQL; empty where the table is not there."""
    found = session.rows(OWNER, (table,))
    return str(found[0][0]) if found else ""

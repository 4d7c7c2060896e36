"""What a MariaDB or MySQL says of its tables, for the linter."""

from shipway.adapters.databases.mariadb.connecting import CONNECT_SECONDS, connection_to
from shipway.adapters.databases.mariadb.telling import explained
from shipway.adapters.databases.mariadb.versions import version_of
from shipway.schema.dialects.mariadb.missing import missing
from shipway.schema.lint.tables import Server, Table

BEGIN = "SET SESSION lock_wait_timeout = 1"
TABLES = """
    SELECT TABLE_NAME, COALESCE(TABLE_ROWS, 0), COALESCE(DATA_LENGTH + INDEX_LENGTH, 0),
           CREATE_OPTIONS LIKE '%partitioned%'
    FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'
"""
COLUMNS = """
    SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE = 'NO' FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE()
"""


def read_server(url: str) -> Server:
    """Version and tables of the address's database. Raises `DatabaseError`, or `NoMariadb` without PyMySQL."""
    try:
        import pymysql
    except ImportError as error:
        raise missing("PyMySQL", "talks to MariaDB and MySQL") from error
    try:
        connection = connection_to(url, purpose="schema lint", seconds=CONNECT_SECONDS, begin=BEGIN)
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT VERSION()")
            ((said,),) = cursor.fetchall()
            cursor.execute(COLUMNS)
            columns = cursor.fetchall()
            cursor.execute(TABLES)
            tables = cursor.fetchall()
    except (pymysql.MySQLError, OSError, ValueError) as error:
        raise explained(error, where="--database") from error
    types: dict[str, dict[str, str]] = {}
    required: dict[str, set[str]] = {}
    for table, column, kind, is_required in columns:
        types.setdefault(str(table), {})[str(column)] = str(kind)
        required.setdefault(str(table), set()).update({str(column)} if is_required else ())
    return Server(
        dialect="mariadb" if "mariadb" in str(said).lower() else "mysql",
        release=version_of(str(said)),
        is_asked=True,
        tables={
            str(name): Table(
                rows=int(rows),
                size_bytes=int(size),
                is_partitioned=bool(is_parted),
                types=types.get(str(name), {}),
                required=frozenset(required.get(str(name), ())),
            )
            for name, rows, size, is_parted in tables
        },
    )

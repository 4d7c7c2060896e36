"""Two schemas, object by object."""

from shipway.schema.difference import Difference, differences

HERE = {
    ("table", "users"): "",
    ("column", "users.id"): "bigint NOT NULL",
    ("column", "users.email"): "text",
    ("index", "by_email on users"): "CREATE INDEX by_email ON users (email)",
    ("table", "old"): "",
    ("column", "old.id"): "integer",
    ("constraint", "old_pkey on old"): "PRIMARY KEY (id)",
}
THERE = {
    ("table", "users"): "",
    ("column", "users.id"): "integer NOT NULL",
    ("column", "users.email"): "text",
    ("view", "letters"): "SELECT email FROM users",
}


def test_the_same_has_no_difference() -> None:
    assert differences(HERE, HERE) == ()


def test_each_object_is_told_once_and_a_table_that_is_missing_as_a_whole() -> None:
    assert differences(HERE, THERE) == (
        Difference(kind="column", name="users.id", here="bigint NOT NULL", there="integer NOT NULL"),
        Difference(
            kind="index", name="by_email on users", here="CREATE INDEX by_email ON users (email)", there=None
        ),
        Difference(kind="table", name="old", here="", there=None),
        Difference(kind="view", name="letters", here=None, there="SELECT email FROM users"),
    )

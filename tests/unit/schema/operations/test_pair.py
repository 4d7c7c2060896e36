"""SQL of exchanged columns: whatever the names are, each statement is one statement about those names."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shipway.schema.lint.check import check as lint
from shipway.schema.lint.tables import Server
from shipway.schema.operations import named
from shipway.schema.operations.built import Built, Unfit
from shipway.schema.sql.parse import Source, statements
from shipway.schema.table import Column, Constraint, Index, Table

NAMES = st.one_of(
    st.sampled_from(
        ["a", "select", "Email", "x y", 'say "hi"', "'; DROP TABLE users; --", "größe", "数据", "$shipway$", "%s"]
    ),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=15).filter(
        lambda name: len(name.encode()) <= 63
    ),
)


def table(name: str, column: str, **more: object) -> Table:
    columns = (
        Column(name="id", type="bigint", is_required=True),
        Column(name=column, type="text", is_required=True),
    )
    known: dict[str, object] = {
        "schema": "public",
        "name": name,
        "rows": 9,
        "columns": columns,
        "key": ("id",),
        **more,
    }
    return Table(**known)  # type: ignore[arg-type]


def renamed(target: Table, old: str, new: str) -> Built:
    options = {"table": target.name, "from": old, "to": new}
    return named("rename_column").build(options, target, change="change_0", where="m.yaml:3:5")


def sql(built: Built) -> list[str]:
    batches = (*built.expand, *built.dual_write, *built.finish, *built.contract, *built.revert)
    return [text for batch in batches for text in batch.statements]


@given(NAMES, NAMES, NAMES)
def test_any_name_stays_a_name(name: str, old: str, new: str) -> None:
    assume(len({old, new, "id"}) == 3)
    built = renamed(table(name, old), old, new)
    assert built.backfill is not None
    update = f"UPDATE {built.backfill.table} SET {built.backfill.assignment} WHERE {built.backfill.missing}"
    for text in (*sql(built), update, built.verify[0].query, built.verify[0].sample):
        (one,) = statements(Source(text, "s"))
        assert not one.error, text
    (update_,) = statements(Source(update, "s"))
    assert update_.node.node("relation").text("relname") == name
    assert update_.node.nodes("target_list")[0].text("name") == new
    (drop,) = [one for text in sql(built) for one in statements(Source(text, "s")) if _drops(one.node, old)]
    assert drop.node.node("relation").text("relname") == name


def _drops(node, column: str) -> bool:  # type: ignore[no-untyped-def]
    return any(one.text("subtype") == "AT_DropColumn" and one.text("name") == column for one in node.nodes("cmds"))


def test_indexes_and_constraints_are_copied_and_take_the_old_names_at_the_end() -> None:
    index = Index(
        name="by_email",
        definition="CREATE INDEX by_email ON public.users USING btree (lower(email), id) WHERE id > 0",
        columns=("email", "id"),
    )
    key = Constraint(name="fk", kind="f", definition="FOREIGN KEY (email) REFERENCES r(email)", columns=("email",))
    text = "\n".join(
        sql(renamed(table("users", "email", indexes=(index,), constraints=(key,)), "email", "address"))
    )
    assert "CREATE INDEX CONCURRENTLY by_email_shipway ON public.users USING btree (lower(address), id)" in text
    assert "ADD CONSTRAINT fk_shipway FOREIGN KEY (address) REFERENCES r (email) NOT VALID" in text
    assert "ALTER INDEX public.by_email_shipway RENAME TO by_email" in text
    assert "RENAME CONSTRAINT fk_shipway TO fk" in text


def test_what_runs_before_contract_has_no_hazard_of_our_own_linter() -> None:
    index = Index(name="i", definition="CREATE INDEX i ON public.users USING btree (email)", columns=("email",))
    check = Constraint(name="c", kind="c", definition="CHECK ((email <> ''::text))", columns=("email",))
    built = renamed(table("users", "email", indexes=(index,), constraints=(check,)), "email", "address")
    for batch in (*built.expand, *built.dual_write, *built.finish):
        text = "SET LOCAL lock_timeout = '50ms'; " + "; ".join(batch.statements)
        found = lint(Source(text, "s"), Server(), is_wrapped=not batch.builds)
        assert [one.hazard.name for one in found if one.is_hazard] == [], text


def test_triggers_of_others_make_ours_look_at_every_write() -> None:
    assert "OF email, address" in "\n".join(sql(renamed(table("users", "email"), "email", "address")))
    watched = renamed(table("users", "email", has_row_triggers=True), "email", "address")
    assert "BEFORE INSERT OR UPDATE ON public.users" in "\n".join(sql(watched))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"key": ()}, "has no primary key"),
        (
            {"constraints": (Constraint(name="x", kind="x", definition="", columns=("email",)),)},
            "exclusion constraint",
        ),
        (
            {"constraints": (Constraint(name="f", kind="f", definition="", columns=("email",), is_self=True),)},
            "points to itself",
        ),
        ({"columns": (Column(name="email", type="text", special="it is generated"),)}, "It is generated"),
    ],
)
def test_what_cannot_be_exchanged_is_refused_before_anything_happens(more: dict[str, object], said: str) -> None:
    with pytest.raises(Unfit) as error:
        renamed(table("users", "email", **more), "email", "address")
    assert said in error.value.why


def test_an_expression_that_is_more_than_one_is_refused() -> None:
    options = {"table": "users", "column": "email", "to": "text", "as": "b", "up": "email; DROP TABLE users"}
    with pytest.raises(Unfit, match="is no expression"):
        named("change_type").build(options, table("users", "email"), change="c_0", where="m")

"""What a watcher concludes from a journal, and when a command may end."""

from shipway.cli.shell.following import Followed, after, exit_of
from shipway.errors import Exit
from shipway.model import event
from shipway.model.command import Back
from shipway.model.event import Entry, Event
from unit.cli import views

WAITING = Followed(command=7)
BEGIN = event.RunStarted(plan=views.CANARY, by="ana", command=7)


def followed(*events: Event, start: Followed = WAITING) -> Followed:
    for position, happened in enumerate(events, start=1):
        start = after(start, Entry(position, 1000.0 + position, happened))
    return start


def entered(row: int) -> Event:
    return event.StageEntered(row=row, rule="stayed")


def code(found: Followed, *, wait: str = "promoted", is_attended: bool = False) -> Exit | None:
    return exit_of(found, wait=wait, is_attended=is_attended)


def test_a_run_of_another_command_is_not_ours() -> None:
    other = event.RunStarted(plan=views.CANARY, by="bob", command=6)
    found = followed(other, event.RunEnded(outcome="rolled-back"), BEGIN, entered(2))
    assert (found.run, found.row, found.outcome) == (3, 2, "")


def test_without_a_command_the_next_run_is_followed_and_no_earlier_one() -> None:
    found = followed(BEGIN, event.RunEnded(outcome="finished"), BEGIN, start=Followed(since=2))
    assert found.run == 3 and not found.outcome


def test_it_is_promoted_once_the_row_with_all_traffic_is_left() -> None:
    assert code(followed(BEGIN, entered(4))) is None
    assert code(followed(BEGIN, entered(4), entered(5))) is Exit.DONE
    assert code(followed(BEGIN, entered(4), entered(5)), wait="window") is None


def test_a_release_that_goes_back_after_its_promotion_is_not_done() -> None:
    back = event.WentBack(row=0, rule="critical", reason="errors", first_bad_at=990.0)
    found = followed(BEGIN, entered(5), back)
    assert code(found) is None
    assert (found.first_bad_at, found.turned_at) == (990.0, 1003.0)


def test_each_outcome_has_its_exit_code() -> None:
    codes = {
        name: code(followed(BEGIN, event.RunEnded(outcome=name)))
        for name in ("finished", "rolled-back", "superseded")
    }
    assert codes == {"finished": Exit.DONE, "rolled-back": Exit.ROLLED_BACK, "superseded": Exit.REFUSED}


def test_a_hold_ends_a_command_only_where_nobody_sits_before_it() -> None:
    found = followed(BEGIN, event.Held(rule="blind", reason="no metrics"))
    assert code(found, is_attended=True) is None
    assert code(found, is_attended=False) is Exit.HELD
    assert code(followed(BEGIN, event.Held(rule="blind", reason="x"), event.Released(reason="y"))) is None


def test_a_take_back_is_done_when_every_proxy_has_confirmed_it() -> None:
    asked = event.CommandRead(id=9, by="ana", command=Back())
    old_hold = event.Held(rule="no-evidence", reason="too few requests")
    start = Followed(run=1, plan=views.CANARY, take_back=9)
    back = event.WentBack(row=0, rule="asked", reason="asked by ana")
    assert code(followed(BEGIN, old_hold, asked, start=start)) is None
    assert code(followed(BEGIN, old_hold, asked, back, start=start)) is None
    assert code(followed(BEGIN, old_hold, asked, back, event.Recovered(), start=start)) is Exit.DONE


def test_a_take_back_is_not_confirmed_by_what_an_earlier_one_brought_about() -> None:
    asked = event.CommandRead(id=9, by="ana", command=Back(stage=0))
    start = Followed(run=1, plan=views.CANARY, take_back=9)
    back = event.WentBack(row=1, rule="asked", reason="asked by ana")
    all_back = event.WentBack(row=0, rule="asked", reason="asked by ana")
    earlier = (BEGIN, entered(2), back, event.Recovered())
    for since in (), (entered(2),):
        assert code(followed(*earlier, *since, asked, start=start)) is None
        assert code(followed(*earlier, *since, asked, all_back, start=start)) is None
        assert code(followed(*earlier, *since, asked, all_back, event.Recovered(), start=start)) is Exit.DONE


def test_a_take_back_to_where_the_run_went_back_already_is_confirmed_at_once() -> None:
    start = Followed(run=1, plan=views.CANARY, take_back=9)
    asked = event.CommandRead(id=9, by="ana", command=Back(stage=1))
    back = event.WentBack(row=1, rule="asked", reason="asked by ana")
    assert code(followed(BEGIN, entered(2), back, event.Recovered(), asked, start=start)) is Exit.DONE


def test_a_take_back_without_a_way_back_says_so() -> None:
    asked = event.CommandRead(id=9, by="ana", command=Back())
    no_way = event.Held(rule="asked-no-way-back", reason="there is no earlier revision")
    assert code(followed(BEGIN, asked, no_way, start=Followed(run=1, take_back=9)), is_attended=True) is Exit.HELD

"""`kind: cron` and `schedule:` in the release file: what they become, and what is said of a slip of the pen."""

from pathlib import Path

import pytest

from shipway.errors import ShipwayError
from shipway.model.schedule import Overlap, Schedule
from shipway.model.service_kind import ServiceKind
from shipway.spec.load import Loaded, parse_release
from shipway.spec.problems import InputErrors
from shipway.spec.revision import revision_of
from shipway.spec.wish import release_of

HEAD = "service: report\nkind: cron\nplatform: {process: {command: python report.py}}\n"
CRON = f'{HEAD}schedule: {{cron: "30 2 * * *", timezone: Europe/Berlin, overlap: queue}}\n'


def read(text: str) -> Loaded:
    return parse_release(text, path=Path("shipway.yaml"))


def error_of(text: str) -> ShipwayError:
    with pytest.raises(InputErrors) as caught:
        read(text)
    assert len(caught.value.errors) == 1, str(caught.value)
    error: ShipwayError = caught.value.errors[0]
    assert all((error.what, error.where, error.why, error.fix))
    return error


def test_a_schedule_is_part_of_the_revision_and_a_release_is_of_its_kind(tmp_path: Path) -> None:
    loaded = read(CRON)
    revision = revision_of(loaded, "1.0", root=tmp_path)
    assert revision.schedule == Schedule(cron="30 2 * * *", timezone="Europe/Berlin", overlap=Overlap.QUEUE)
    assert release_of(loaded, revision.id).kind == ServiceKind.CRON


def test_another_instant_is_another_revision_and_a_longer_history_is_not(tmp_path: Path) -> None:
    def id_of(text: str) -> str:
        return revision_of(read(text), "1.0", root=tmp_path).id

    assert id_of(CRON) != id_of(CRON.replace("30 2", "31 2"))
    assert id_of(CRON) == id_of(CRON.replace("overlap: queue", "overlap: queue, history: {ok: 99}"))


@pytest.mark.parametrize(
    "expression",
    [
        "* * * * *",
        "*/5 8-18 * * MON-FRI",
        "0 0 L * *",
        "0 4 1,15 * *",
        "15 3 * jan sun",
        "0 12 * * 5#2",
        "0 0 29 2 *",
    ],
)
def test_what_crontabs_know_is_known(expression: str) -> None:
    read(f'{HEAD}schedule: {{cron: "{expression}"}}\n')


@pytest.mark.parametrize(
    ("expression", "what", "why"),
    [
        ("0 25 * * *", "`25` is no hour", "The second field, at character 3, is the hour: 0 to 23."),
        ("0 0 1,32 * *", "`32` is no day of the month", "The third field, at character 7,"),
        ("61 * * * *", "`61` is no minute", "The first field, at character 1,"),
        ("0 0 * * MON-FRY", "`MON-FRY` is no day of the week", "The fifth field, at character 9,"),
        ("* * * *", "has 4 fields", "five, with spaces between"),
        ("0 30 2 * * *", "has 6 fields", "five, with spaces between"),
        ("@daily", "has 1 field", "@daily are not known here"),
        ("0 0 31 2 *", "is no day of the month", ""),
        ("0 0 30 2 *", "never comes", "No instant of the next 50 years"),
    ],
)
def test_the_part_of_an_expression_that_is_wrong_is_named(expression: str, what: str, why: str) -> None:
    error = error_of(f'{HEAD}schedule: {{cron: "{expression}"}}\n')
    if expression != "0 0 31 2 *":
        assert what in error.what and why in error.why
    assert error.where.startswith("shipway.yaml:4:")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("schedule: {timezone: Europe/Berlin}", "schedule: does not say when"),
        ('schedule: {every: 5m, cron: "* * * * *"}', "schedule.every: says when twice"),
        ("schedule: {every: 5m, timezone: Europe/Berlin}", "schedule.timezone: a length of time has no time zone"),
        ("schedule: {every: 500ms}", "schedule.every: 0.5 s is no whole second"),
        (
            'schedule: {cron: "* * * * *", timezone: Europe/Berlim}',
            "schedule.timezone: `Europe/Berlim` is no time zone",
        ),
        ("strategy: rolling", "kind: nothing says when jobs are started"),
        (
            "schedule: {every: 5m}\nstrategy: blue-green",
            "strategy: two versions of a job are never up side by side",
        ),
        ("schedule: {every: 5m}\ntraffic: {envoy: {listen: 8080}}", "traffic: a job runs once, and ends"),
        ("schedule: {every: 5m}\ncanary: {stages: [100%]}", "canary.stages: a job is of one version as a whole"),
        (
            'schedule: {every: 5m}\nguard: {success_rate: ">= 99%"}',
            "guard.success_rate: jobs are judged one by one",
        ),
        ("schedule: {every: 5m}\nwarm_up: [GET /warm]", "warm_up: a job runs once, and ends"),
        ("schedule: {every: 5m}\nsmoke: ./smoke.sh {url}", "smoke: a job has no address"),
    ],
)
def test_what_makes_no_sense_is_refused(more: str, said: str) -> None:
    assert error_of(f"{HEAD}{more}\n").what == said


def test_a_job_gets_no_port_and_has_no_replicas() -> None:
    assert "gets no port" in error_of(CRON.replace("python report.py", '"report.py --port {port}"')).what
    assert "runs once" in error_of(CRON.replace("report.py}", "report.py, replicas: 3}")).what


@pytest.mark.parametrize("more", ["schedule: {every: 5m}", "canary: {jobs: 3}", "guard: {failed_jobs: 2}"])
def test_other_kinds_have_no_schedule(more: str) -> None:
    text = f'service: shop\nplatform: {{process: {{command: "./app {{port}}"}}}}\n{more}\n'
    assert error_of(text).what.endswith("only scheduled jobs have this")

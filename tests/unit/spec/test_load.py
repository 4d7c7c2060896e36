"""Reading the release file: what is right becomes values, what is wrong is told at once, where it stands."""

from pathlib import Path

import pytest

from shipway.errors import ShipwayError
from shipway.spec.load import Loaded, load, parse_release
from shipway.spec.problems import InputErrors
from unit.spec.samples import FULL, LEAST

FILE = Path("shipway.yaml")


def read(text: str) -> Loaded:
    return parse_release(text, path=FILE)


def wrong(text: str) -> tuple[ShipwayError, ...]:
    with pytest.raises(InputErrors) as caught:
        read(text)
    return caught.value.errors


def the_only_error(text: str) -> ShipwayError:
    errors = wrong(text)
    assert len(errors) == 1, [str(error) for error in errors]
    return errors[0]


def with_lines(text: str) -> str:
    return LEAST + text


def test_a_full_file_becomes_values_with_units_resolved() -> None:
    file = read(FULL).file
    assert file.platform.name == "process"
    assert file.platform.process is not None
    assert file.platform.process.replicas == 4
    assert file.health.ready.period == 5.0
    assert file.canary.stages == (5_000, 25_000, 50_000, 75_000, 100_000)
    assert file.canary.bake == 900.0
    assert file.canary.users.header == {"canary": "true"}
    assert file.guard.success_rate == 0.99
    assert file.guard.latency_p99 == 0.5
    assert file.rollback.within == 300.0
    assert file.traffic.envoy is not None
    assert file.traffic.envoy.listen == "0.0.0.0:8080"
    assert file.traffic.envoy.preview == "127.0.0.1:8081"


def test_a_service_and_a_command_are_enough() -> None:
    file = read(LEAST).file
    assert (file.strategy, file.keep, file.drift) == ("rolling", 10, "hold")


def test_a_loaded_file_knows_where_each_value_stands() -> None:
    loaded = read(FULL)
    assert loaded.where("traffic", "envoy", "preview") == "shipway.yaml:12:34"
    assert loaded.where("canary", "stages", 2) == "shipway.yaml:15:22"
    assert loaded.where("guard", "interval") == "shipway.yaml:17:8", "what is left out is where its section is"


def test_a_file_is_read_from_disk(tmp_path: Path) -> None:
    path = tmp_path / "other.yaml"
    path.write_text("\ufeff" + FULL, encoding="utf-8")
    loaded = load(path)
    assert loaded.file.service == "checkout"
    assert loaded.root == tmp_path


def test_a_missing_file_leads_to_init(tmp_path: Path) -> None:
    with pytest.raises(InputErrors, match=r"There is no shipway\.yaml here") as caught:
        load(tmp_path / "shipway.yaml")
    assert caught.value.code == "file-missing"
    assert "shipway init" in caught.value.fix


def test_a_folder_instead_of_a_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputErrors, match="cannot be read"):
        load(tmp_path)


def test_bytes_that_are_no_text_are_told_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "shipway.yaml"
    path.write_bytes(b"service: a\nsmoke: \xff\n")
    with pytest.raises(InputErrors, match="UTF-8") as caught:
        load(path)
    assert caught.value.where.endswith("shipway.yaml:2:8")


def test_all_problems_are_told_at_once_in_the_order_of_lines() -> None:
    errors = wrong(with_lines("strategy: canery\ncanary: {bake: 15}\nkeep: 1\nkeep: 2\nfoo: {}\n"))
    assert [error.where for error in errors] == [
        "shipway.yaml:5:11",
        "shipway.yaml:6:16",
        "shipway.yaml:8:1",
        "shipway.yaml:9:1",
    ]
    assert [error.code for error in errors] == ["unknown-name", "wrong-unit", "duplicate-key", "unknown-key"]


def test_several_problems_end_with_their_number() -> None:
    with pytest.raises(InputErrors) as caught:
        read(with_lines("keep: 0\nfoo: 1\n"))
    assert str(caught.value).endswith("\n\nshipway.yaml has 2 problems.")
    assert caught.value.code == "input"


def test_one_problem_reads_as_itself() -> None:
    with pytest.raises(InputErrors) as caught:
        read(with_lines("keep: 0\n"))
    assert str(caught.value) == str(caught.value.errors[0])
    assert (caught.value.code, caught.value.exit_code) == ("wrong-value", 2)


def test_an_unknown_key_comes_with_the_nearest_one() -> None:
    error = the_only_error(with_lines("rolback: {window: 1h}\n"))
    assert (error.code, error.where) == ("unknown-key", "shipway.yaml:5:1")
    assert error.fix == "Did you mean `rollback`?"


def test_a_misspelt_key_is_not_told_a_second_time_as_missing() -> None:
    error = the_only_error(LEAST.replace("service", "servce"))
    assert error.fix == "Did you mean `service`?"


def test_a_key_of_another_section_is_told_where_it_belongs() -> None:
    assert "`platform.process`" in the_only_error(with_lines("env: {A: b}\n")).fix


def test_underscores_for_hyphens_are_understood_in_the_suggestion() -> None:
    assert the_only_error(with_lines("blue_green: {}\n")).fix == "Did you mean `blue-green`?"


@pytest.mark.parametrize(
    ("lines", "code", "what"),
    [
        ("canary: {bake: 15}", "wrong-unit", "canary.bake: `15` has no unit"),
        ("canary: {bake: 15x}", "wrong-unit", "canary.bake: `15x` is not a duration"),
        ("canary: {stages: [5, 100%]}", "wrong-unit", "canary.stages[0]: `5` has no percent sign"),
        ("canary: {stages: [5%, 50%, 25%]}", "canary-shares", "canary.stages[2]: 25% after 50%"),
        ("canary: {stages: [5%, 5%, 100%]}", "canary-shares", "canary.stages[1]: 5% after 5%"),
        ("canary: {stages: [0%, 100%]}", "canary-shares", "canary.stages[0]: the first stage is 0%"),
        ("canary: {stages: [5%, 50%]}", "canary-shares", "canary.stages[1]: the last stage is 50%"),
        ("canary: {stages: []}", "canary-shares", "canary.stages: 0 stages"),
        ("canary: {stages: [0.0001%, 100%]}", "wrong-value", "canary.stages[0]: `0.0001%` is too fine"),
        ("canary: {users_first: true}", "wrong-value", "canary.users_first: users_first without users"),
        ("canary: {users_first: yes}", "wrong-value", "canary.users_first: `yes` is neither true nor false"),
        ("canary: {sticky: {}}", "wrong-value", "canary.sticky: needs a cookie or a header"),
        ("canary: {sticky: {cookie: a, header: b}}", "wrong-value", "canary.sticky: needs a cookie or a header"),
        ("canary: {users: {header: {a b: c}}}", "wrong-value", "canary.users.header.a b: `a b` cannot name"),
        ("rolling: {surge: 0}", "wrong-value", "rolling.surge: nothing could ever be replaced"),
        ("blue-green: {split: 5%}", "wrong-value", "blue-green.split: split and split_for come together"),
        ("blue-green: {split: 150%, split_for: 1m}", "wrong-value", "blue-green.split: `150%` is more than 100%"),
        ('guard: {success_rate: "<= 99%"}', "wrong-value", "guard.success_rate: `<= 99%` does not begin with >="),
        ('guard: {latency_p99: "<= 500"}', "wrong-unit", "guard.latency_p99: `500` has no unit"),
        ("guard: {false_rollback: 100%}", "wrong-value", "guard.false_rollback: 100% promises nothing"),
        ("guard: {no_data: stop}", "unknown-name", "guard.no_data: `stop` is not known"),
        ("traffic: {envoy: {listen: 99999}}", "wrong-value", "traffic.envoy.listen: `99999` is not a place"),
        ("traffic: {envoy: {listen: 1.2.3.999:80}}", "wrong-value", "traffic.envoy.listen: `1.2.3.999:80` is not"),
        ("traffic: {envoy: {preview: 8080}}", "wrong-value", "traffic.envoy.preview: the preview has the port"),
        ("traffic: {envoy: {host: 'https://a'}}", "wrong-value", "traffic.envoy.host: `https://a` is not a host"),
        ("traffic: {envoy: {path: /api/}}", "wrong-value", "traffic.envoy.path: `/api/` is not where"),
        ("traffic: {envoy: {tls: {cert: a}}}", "missing-key", "`traffic.envoy.tls.key` is missing"),
        (
            "traffic: {envoy: {tls: {cert: a, key: b, redirect_from: 8080}}}",
            "wrong-value",
            "traffic.envoy.tls.redirect_from: plain HTTP is redirected from",
        ),
        (
            "traffic: {envoy: {tls: {cert: a, key: b, min_version: 1.1}}}",
            "unknown-name",
            "traffic.envoy.tls.min_version: `1.1` is not known",
        ),
        ("health: {ready: {service: a b}}", "wrong-value", "health.ready.service: `a b` cannot name"),
        ("traffic: {traefik: {}}", "unknown-name", "`traffic` has no choice `traefik`"),
        ("traffic: {}", "wrong-value", "traffic: names nothing"),
        ("health: {ready: {path: health}}", "wrong-value", "health.ready.path: `health` is not a path"),
        ("health: {ready: {period: 0s}}", "wrong-value", "health.ready.period: `0s` is no time at all"),
        ("health: [1]", "wrong-value", "health: a list stands where a mapping belongs"),
        ("files: config", "wrong-value", "files: `config` stands where a list belongs"),
        ("files: [../x]", "wrong-value", "files[0]: `../x` leads out of the folder"),
        ("smoke: {url}", "wrong-value", "smoke: a mapping stands where text belongs"),
        ("smoke: ./smoke.sh {url}", "wrong-value", "smoke: {url} needs a preview"),
        ('keep: "10"', "wrong-value", "keep: `10` is not a whole number"),
        ("keep: 1.5", "wrong-value", "keep: `1.5` is not a whole number"),
        ("rollback: {window: 99999d}", "wrong-value", "rollback.window: `99999d` is too long"),
        (
            "smoke: !!python/object:os.system x",
            "wrong-value",
            "The tag !!python/object:os.system is not understood",
        ),
        ("? [a]\n: 1", "wrong-value", "A key that is not a word"),
        ('smoke: "\\0"', "wrong-value", "An escape that stands for no character"),
        ("<<: 1", "wrong-value", "`<<` merges nothing here"),
    ],
)
def test_a_wrong_value_is_told_by_its_path(lines: str, code: str, what: str) -> None:
    error = the_only_error(with_lines(lines + "\n"))
    assert error.code == code
    assert error.what.startswith(what)
    assert error.why and error.fix
    assert error.where.startswith("shipway.yaml:5:")


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ("command: ./run", "platform.process.command: the command never says {port}"),
        ("command: ./run {prot}", "platform.process.command: `{prot}` is filled in by nobody"),
        ("command: ./run {port}\n    env: {A-B: 1}", "platform.process.env.A-B: `A-B` cannot name a variable"),
        ("command: ./run {port}\n    env: {AB: }", "platform.process.env.AB: `AB` has no value"),
        ("command: ./run {port}\n    ports: 20-30", "platform.process.ports: `20-30` is not a range"),
        ("command: ./run {port}\n    replicas: 0", "platform.process.replicas: `0` is out of range"),
        ("replicas: 2", "`platform.process.command` is missing"),
    ],
)
def test_wrong_options_of_the_platform_are_told(options: str, what: str) -> None:
    assert the_only_error(f"service: a\nplatform:\n  process:\n    {options}\n").what.startswith(what)


def test_an_unknown_platform_comes_with_its_siblings() -> None:
    error = the_only_error("service: a\nplatform:\n  proces: {command: x}\n")
    assert (error.code, error.why, error.fix) == (
        "unknown-name",
        "Known here: docker, kubernetes, process, swarm.",
        "Did you mean `process`?",
    )


@pytest.mark.parametrize(
    ("text", "what", "where"),
    [
        ("", "The file is empty", "1:1"),
        ("# nothing\n", "The file is empty", "1:1"),
        ("- a\n", "The file is not a mapping", "1:1"),
        ("service: a\n\tkeep: 1\n", "A tab indents this line", "2:1"),
        ("service: a\n---\nservice: b\n", "A second document begins here", "2:1"),
        ("guard: {}\nkeep: >= 1\n", "A value that begins with > or | needs quotes", "2:8"),
        ("smoke: %x\n", "A value begins with a sign that YAML keeps for itself", "1:8"),
        ("smoke: a: b\n", "A colon stands where no key can be", "1:9"),
        ("smoke: *a\n", "An alias names an anchor that is not there", "1:8"),
        ("smoke: {port}/x\n", "This line does not belong to what stands above it", "1:14"),
        ("files: [a\n", "A bracket is not closed, or closes too early", "2:1"),
        ('smoke: "a\n', "A quote is not closed", "2:1"),
        ("smoke: a\x01b\n", "A character that YAML does not allow: U+0001", "1:9"),
        ("service: a\nkeep\n", "A line without a colon", "3:1"),
        ("a: " + "[" * 2000, "The file nests too deeply", "1:36"),
        ("- " * 2000, "The file nests too deeply", "1:1"),
        ("a: " + "[" * 40 + "]" * 40, "The file nests too deeply", "1:36"),
    ],
)
def test_text_that_is_no_release_file_is_explained(text: str, what: str, where: str) -> None:
    error = the_only_error(text)
    assert (error.code, error.what, error.where) == ("yaml", what, f"shipway.yaml:{where}")
    assert error.why and error.fix


def test_aliases_that_multiply_are_refused() -> None:
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert the_only_error("\n".join(lines)).what == "The file is far too large"


def test_an_alias_of_itself_is_refused() -> None:
    assert the_only_error("a: &a [*a]\n").what == "The file nests too deeply"


def test_anchors_and_merges_are_followed() -> None:
    lines = "health:\n  ready: &probe {path: /up, period: 1s}\n  alive: {<<: *probe, period: 2s}\n"
    health = read(with_lines(lines)).file.health
    assert (health.alive.path, health.alive.period, health.ready.period) == ("/up", 2.0, 1.0)


def test_folded_text_is_one_line_and_nothing_else() -> None:
    text = LEAST + "smoke: >-\n  mkdir -p .releases/1\n  && cd .releases/1\n\n  echo next\n"
    assert read(text).file.smoke == "mkdir -p .releases/1 && cd .releases/1\necho next"
    examples = list((Path(__file__).parents[3] / "examples").glob("*/shipway.yaml"))
    assert examples
    for example in examples:
        assert "\a" not in str(load(example).file)


def test_sections_of_strategies_that_are_not_chosen_may_stand() -> None:
    assert read(with_lines("strategy: rolling\ncanary: {bake: 1m}\nblue-green: {bake: 1m}\n"))


def test_a_key_with_nothing_after_it_is_as_if_left_out() -> None:
    file = read(with_lines("canary:\n  # bake: 1h\nsmoke:\n")).file
    assert (file.canary.bake, file.smoke) == (900.0, None)


def test_the_environment_is_taken_as_it_is_written() -> None:
    text = LEAST + '    env: {A: 1.10, B: true, C: 007, D: "", E: no, F: 1_000}\n'
    process = read(text).file.platform.process
    assert process is not None
    assert process.env == {"A": "1.10", "B": "true", "C": "007", "D": "", "E": "no", "F": "1_000"}


def test_json_is_a_release_file_too() -> None:
    text = '{"service": "a", "platform": {"process": {"command": "x {port}", "env": {"A": "\\ud83d\\ude00"}}}}'
    process = read(text).file.platform.process
    assert process is not None
    assert process.env == {"A": "\U0001f600"}


def test_nothing_is_filled_in_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGION", "north")
    process = read(LEAST + "    env: {REGION: '${REGION}'}\n").file.platform.process
    assert process is not None
    assert process.env["REGION"] == "${REGION}"


def test_braces_of_the_shell_are_left_alone() -> None:
    assert read("service: a\nplatform:\n  process:\n    command: \"awk '{print}' ${prot} {port}\"\n")


def test_errors_fit_on_eighty_columns_but_for_long_lists() -> None:
    lines = "strategy: canery\ncanary: {bake: 15, stages: [5%, 2%]}\nkeep: x\nenv: {}\nguard: {success_rate: 1}\n"
    for error in wrong(with_lines(lines)):
        assert max(map(len, str(error).splitlines())) <= 80


@pytest.mark.parametrize(
    ("written", "code", "what", "where"),
    [
        ("worse_by: 20%", "wrong-value", "guard.metrics.memory: needs a query or a resource", "8:7"),
        (
            "{resource: memory, query: '{version}', at_most: 1}",
            "wrong-value",
            "needs a query or a resource",
            "8:7",
        ),
        ("resource: memory", "wrong-value", "guard.metrics.memory: is never harm", "8:7"),
        ("{resource: memry, worse_by: 20%}", "unknown-name", "`memry` is not known", "8:18"),
        ("{resource: memory, worse_byy: 20%}", "unknown-key", "has no key `worse_byy`", "8:26"),
        ("{resource: memory, worse_by: 20}", "wrong-unit", "`20` has no percent sign", "8:36"),
        ("{resource: memory, at_most: lots}", "wrong-value", "`lots` is not an amount", "8:35"),
        ("{resource: memory, of: '{version}', at_most: 1}", "wrong-value", "of stands beside a resource", "8:30"),
        ("{resource: memory, critical: any}", "wrong-value", "a level has no events", "8:36"),
        ("{resource: restarts, critical: any, worse_by: 1%}", "wrong-value", "nothing left to say", "8:53"),
        ("{query: sum(x), worse_by: 20%}", "wrong-value", "the query is the same for every version", "8:15"),
        ("{query: 'x{{versoin}}', worse_by: 20%}", "unknown-name", "`{versoin}` is filled in by nobody", "8:15"),
    ],
)
def test_a_wrong_metric_is_told_where_it_stands(written: str, code: str, what: str, where: str) -> None:
    error = the_only_error(with_lines(f"guard:\n  metrics:\n    memory:\n      {written}\n"))
    assert (error.code, error.where) == (code, f"shipway.yaml:{where}")
    assert what in error.what


def test_a_metric_that_cannot_be_named_so_is_told() -> None:
    error = the_only_error(with_lines("guard: {metrics: {Memory!: {resource: memory, worse_by: 20%}}}\n"))
    assert "`Memory!` cannot name a metric" in error.what


@pytest.mark.parametrize(
    ("bound", "value"), [("0.2", 0.2), ("5%", 0.05), ("250ms", 0.25), ("512MiB", 2**29), ("1KB", 1000), ("3", 3)]
)
def test_a_bound_is_a_number_with_or_without_a_unit(bound: str, value: float) -> None:
    metrics = read(
        with_lines(f"guard: {{metrics: {{m: {{resource: memory, at_most: {bound}}}}}}}\n")
    ).file.guard.metrics
    assert metrics["m"].at_most == value

"""What a user asks for: a revision, and how it should be shipped. The plan is made from it when its run starts."""

from collections.abc import Mapping

from msgspec import Struct

from shipway.model.checklist import Checklist
from shipway.model.hook import Hooks
from shipway.model.phase import Phase
from shipway.model.plan import Need
from shipway.model.policy import Guard, Rollback
from shipway.model.revision import RevisionId
from shipway.model.route import SAFE_METHODS, Sticky
from shipway.model.service_kind import ServiceKind
from shipway.model.share import NONE, TOTAL, Share

SCHEMA_SECONDS = 86_400.0


class Rolling(Struct, frozen=True, kw_only=True):
    """Replace by batches."""

    surge: int | None = None
    """Extra replicas while replacing; none means a quarter, rounded up."""
    unavailable: int = 0
    batches: int = 4
    pause: float = 0.0
    """Seconds between batches, at least."""


class BlueGreen(Struct, frozen=True, kw_only=True):
    """A full second set, then one switch."""

    bake: float = 30.0
    split: Share | None = None
    """A share that goes to green before the switch, for a comparison of both."""
    split_for: float = 0.0


class Canary(Struct, frozen=True, kw_only=True):
    """Shares that grow."""

    shares: tuple[Share, ...]
    bake: float = 900.0
    users: tuple[tuple[str, str, str], ...] = ()
    """Chosen users as (`header`, `cookie` or `claim`, name, value)."""
    users_first: bool = False
    """Whether a stage for the chosen users alone comes before the first percentage."""
    sticky: Sticky | None = None
    jobs: int = 3
    """How many scheduled jobs try the candidate before it counts as proven."""


class Experiment(Struct, frozen=True, kw_only=True):
    """Both versions side by side for a while, each with its own users."""

    split: Share = Share(TOTAL // 2)
    """The candidate's."""
    seconds: float = 7 * 24 * 3600.0
    sticky: Sticky = Sticky(kind="cookie", name="shipway")
    then: str = "ask"
    """As `Stay.then`."""


class Mirroring(Struct, frozen=True, kw_only=True):
    """Copies of users' requests, before the candidate has users."""

    share: Share
    seconds: float
    methods: tuple[str, ...] = SAFE_METHODS
    """None: all."""


class Ramp(Struct, frozen=True, kw_only=True):
    """A feature that is shown to more and more users, once all of them are on the code that has it."""

    flag: str
    shares: tuple[Share, ...]
    """Growing. None: the code is there, and nobody raises it."""
    bake: float = 3600.0
    shown: Share = NONE
    """To how many it was shown when the release was asked for: where it begins, and where a take-back ends."""


class SchemaChange(Struct, frozen=True, kw_only=True):
    """How far a release brings one change of its database's schema."""

    change: str
    needs: Phase = Phase.BACKFILLED
    """Reached before the revision has any replica."""
    until: Phase = Phase.SWITCHED
    """Reached once the revision has all traffic."""
    contract: bool = False
    """Whether the old shape is dropped in the end, when nothing needs it and somebody agrees."""
    flag: str = ""
    """The ramp that leads readers to the new shape; `until` comes behind it."""


class Chosen(Struct, frozen=True, kw_only=True):
    """An adapter by its name, with its options as plain JSON."""

    name: str
    options: Mapping[str, object] = {}


class Approval(Struct, frozen=True, kw_only=True):
    """Who agrees before users meet a risky change."""

    asks: str = ""
    """What a person agrees to; empty: nobody is asked."""
    gates: tuple[Need, ...] = ()
    hours: Need | None = None
    """When it may begin, looked at once all have agreed."""


class Release(Struct, frozen=True, kw_only=True):
    """One wish: ship this revision of this service that way."""

    service: str
    revision: RevisionId
    strategy: str
    replicas: int
    autoscaled: bool = False
    """Whether it brings an autoscaler: then it begins with no fewer replicas than the version that serves has."""
    kind: ServiceKind = ServiceKind.HTTP
    platform: Chosen = Chosen(name="process")
    traffic: Chosen | None = Chosen(name="envoy")
    """None where replicas fetch their work themselves."""
    metrics: Chosen | None = None
    """Where requests are counted; none: by the data plane itself."""
    health: Mapping[str, object] = {}
    """Probes, as in the revision: the data plane asks the same question."""
    rolling: Rolling = Rolling()
    blue_green: BlueGreen = BlueGreen()
    canary: Canary | None = None
    experiment: Experiment = Experiment()
    mirror: Mirroring | None = None
    guard: Guard = Guard()
    rollback: Rollback = Rollback()
    smoke: Need | None = None
    approval: Approval | None = None
    """Before anything is started."""
    hooks: Hooks = Hooks()
    price_per_replica_hour: float | None = None
    """In whatever currency the file means."""
    deadline: float = 600.0
    """The longest that a stage may take to be reached, seconds."""
    drain_grace: float = 30.0
    steady: float = 3.0
    ramps: tuple[Ramp, ...] = ()
    """One after the other, when the rest is done."""
    flags: Chosen | None = None
    """Who shows features to users; none where the release has no ramps."""
    schema: tuple[SchemaChange, ...] = ()
    """What moves in the database alongside."""
    schema_within: float = SCHEMA_SECONDS
    """The longest that a step of the schema may take, seconds."""
    database: Chosen | None = None
    """Where it moves; none where nothing does."""
    keep: int = 10
    """How many revisions are kept to roll back to."""
    checklist: Checklist | None = None
    """What was looked at before, as somebody signed it."""
    drift: str = "hold"
    """What follows when other hands change something: `hold`, or `revert` it."""
    group: str | None = None

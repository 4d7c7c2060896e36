"""A cluster's API server, asked with a kubeconfig's rights: answers, or a `PortError`.

https://kubernetes.io/docs/reference/using-api/
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shipway.adapters.platforms.kubernetes.kinds import Kind
from shipway.errors import PortError

if TYPE_CHECKING:
    from httpx import Response
    from kr8s.asyncio import Api

MANAGER = "shipway"
"""Whose fields they are, for server-side apply."""
SECONDS_MAX = 20.0
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
UNKNOWN, CONFLICT, BUSY, FAILING = 404, 409, 429, 500
TRIES_MAX, BUSY_SECONDS_MAX, AGAIN_SECONDS = 3, 5.0, 0.2
Object = dict[str, Any]


class Conflict(PortError):
    """The object is another than the one that was read."""

    code = "kubernetes-conflict"


class ManifestRefused(PortError):
    """The API server does not take an object."""

    code = "kubernetes-refused"
    needs_person = True


class NotAllowed(ManifestRefused):
    """The kubeconfig's account lacks a right."""

    code = "kubernetes-rights"


@dataclass(eq=False)
class Cluster:
    """One namespace of it. Nothing is asked before the first question."""

    kubeconfig: str | None = None
    """A file; none: what kubectl would take."""
    context: str | None = None
    namespace: str = ""
    _apis: "dict[int, Api]" = field(default_factory=dict)

    async def version(self) -> str:
        """`1.34.4`."""
        async with self._telling("get its version"):
            found = await (await self._api()).version()
            return str(found["gitVersion"]).removeprefix("v")

    async def where(self) -> str:
        """The namespace."""
        async with self._telling("read the kubeconfig"):
            return str((await self._api()).namespace)

    def in_namespace(self, namespace: str) -> "Cluster":
        """Another one of it, asked with the same rights."""
        return Cluster(kubeconfig=self.kubeconfig, context=self.context, namespace=namespace)

    async def read(self, kind: Kind, name: str) -> Object | None:
        """None where there is no such object."""
        return await self._asked("GET", kind, name)

    async def list(self, kind: Kind, selector: str) -> Sequence[Object]:
        """All objects with these labels."""
        found = await self._asked("GET", kind, params={"labelSelector": selector})
        return found["items"] if found else ()

    async def events_of(self, uid: str) -> Sequence[Object]:
        """What was reported of an object."""
        from shipway.adapters.platforms.kubernetes.kinds import EVENT

        found = await self._asked("GET", EVENT, params={"fieldSelector": f"involvedObject.uid={uid}"})
        return found["items"] if found else ()

    async def apply(self, kind: Kind, wanted: Object, *, is_trial: bool = False) -> Object:
        """Have the object's fields be as they are here; those of others stay. A trial changes nothing."""
        params = {**_written_by(is_trial), "force": "true"}
        made = await self._asked(
            "PATCH",
            kind,
            str(wanted["metadata"]["name"]),
            params=params,
            headers={"content-type": APPLY},
            content=json.dumps(wanted),
        )
        assert made is not None, "what is applied is there"
        return made

    async def create(self, kind: Kind, wanted: Object, *, is_trial: bool = False) -> Object:
        """Raises `Conflict` where it is there already."""
        made = await self._asked("POST", kind, params=_written_by(is_trial), content=json.dumps(wanted))
        assert made is not None, "what is created is there"
        return made

    async def replace(self, kind: Kind, changed: Object, *, is_trial: bool = False) -> Object | None:
        """In place of the one that was read, by its resource version. Raises `Conflict`."""
        name = str(changed["metadata"]["name"])
        return await self._asked("PUT", kind, name, params=_written_by(is_trial), content=json.dumps(changed))

    async def merge(self, kind: Kind, name: str, change: Mapping[str, object]) -> Object | None:
        """Change these fields; none is returned where the object is gone."""
        return await self._asked(
            "PATCH",
            kind,
            name,
            params={"fieldManager": MANAGER},
            headers={"content-type": MERGE},
            content=json.dumps(change),
        )

    async def delete(self, kind: Kind, name: str, *, uid: str = "", version: str = "") -> None:
        """Begin its end; it may be gone already. Only that one's, in that version, if given. Raises `Conflict`."""
        only = {key: value for key, value in (("uid", uid), ("resourceVersion", version)) if value}
        body = {"content": json.dumps({"preconditions": only})} if only else {}
        await self._asked("DELETE", kind, name, **body)

    async def proxied(self, service: str, path: str) -> int | None:
        """The status with which a Service, `name:port`, answers through the API server; none where it does not."""
        from kr8s import ServerError

        async with self._telling("get services/proxy"):
            api = await self._api()
            url = f"services/{service}/proxy{path}"
            try:
                async with api.call_api("GET", version="v1", namespace=api.namespace, url=url) as answer:
                    return int(answer.status_code)
            except ServerError as error:
                status = error.response.status_code if error.response is not None else None
                if status == 403 and "services/proxy" in str(error):
                    raise
                return status

    @asynccontextmanager
    async def log(self, pod: str, params: Mapping[str, str]) -> "AsyncIterator[Response]":
        """A pod's output as it comes."""
        async with self._telling(f"reading the output of {pod}"):
            api = await self._api()
            url = f"pods/{pod}/log"
            async with api.call_api(namespace=api.namespace, url=url, stream=True, params=params) as answer:
                yield answer

    @asynccontextmanager
    async def forward(self, pod: str, remote: int, local: int) -> AsyncIterator[None]:
        """A port of this machine's loopback address leads to a pod's."""
        async with self._telling(f"create pods/portforward {pod}"):
            from kr8s.asyncio.objects import Pod
            from kr8s.asyncio.portforward import PortForward

            api = await self._api()
            found = await Pod.get(pod, namespace=api.namespace, api=api)
            async with PortForward(found, remote, local_port=local):
                yield

    async def _asked(self, method: str, kind: Kind, name: str = "", **request: Any) -> Object | None:
        """A busy server says how long to wait, and has done nothing; a question and a trial may be asked twice."""
        from kr8s import ServerError

        changes_nothing = method == "GET" or "dryRun" in request.get("params", ())
        async with self._telling(f"{_VERBS[method]} {kind.plural} {name}".rstrip()):
            api = await self._api()
            url = f"{kind.plural}/{name}" if name else kind.plural
            for tries_left in reversed(range(TRIES_MAX)):
                try:
                    namespace = api.namespace if kind.is_namespaced else None
                    async with api.call_api(
                        method, version=kind.version, namespace=namespace, url=url, **request
                    ) as answer:
                        found: Object = answer.json()
                        return found
                except ServerError as error:
                    status = error.response.status_code if error.response is not None else 0
                    if status == UNKNOWN and _is_plain(error.response):
                        raise _no_kind(kind) from error
                    if status == UNKNOWN and name:
                        return None
                    may_again = status == BUSY or (changes_nothing and status >= FAILING)
                    if not may_again or not tries_left:
                        raise
                    await asyncio.sleep(_wait_seconds(error.response))
        return None

    async def _api(self) -> "Api":
        """One for each event loop: a connection belongs to one."""
        loop = id(asyncio.get_running_loop())
        if loop not in self._apis:
            self._apis[loop] = await self._signed_in()
        return self._apis[loop]

    async def _signed_in(self) -> "Api":
        try:
            import kr8s.asyncio
        except ModuleNotFoundError as error:
            raise PortError(
                "the Kubernetes client is not installed",
                where="platform.kubernetes",
                why=f"Python has no module {error.name}.",
                fix="pip install 'shipway[kubernetes]'",
            ) from error
        # Not from kr8s's cache, whose key is a loop's and a thread's number: both are used again.
        api: Api = await kr8s.asyncio.Api(
            kubeconfig=self.kubeconfig,
            context=self.context,
            namespace=self.namespace or None,
            bypass_factory=True,
        )
        api.timeout = SECONDS_MAX
        return api

    @asynccontextmanager
    async def _telling(self, doing: str) -> AsyncIterator[None]:
        """Turn what the client raises into what users are told."""
        from httpx import HTTPError
        from kr8s import APITimeoutError, ServerError

        try:
            yield
        except ServerError as error:
            raise _refused(doing, error) from error
        except (HTTPError, APITimeoutError, OSError, ValueError, KeyError) as error:
            raise PortError(
                "the API server does not answer",
                where=self.context or "kubeconfig",
                why=f"{doing}: {str(error).rstrip('.') or type(error).__name__}.",
                fix="See whether kubectl reaches it with the same kubeconfig and context.",
            ) from error


def _written_by(is_trial: bool) -> dict[str, str]:
    return {"fieldManager": MANAGER, **({"dryRun": "All"} if is_trial else {})}


def _no_kind(kind: Kind) -> ManifestRefused:
    """The API server answers in plain text where it knows no such address."""
    return ManifestRefused(
        f"the cluster knows no {kind.plural} of {kind.version}",
        where="platform.kubernetes",
        why="What defines them is not installed, or in another version.",
        fix="Install it: for the Gateway API, its CustomResourceDefinitions and an implementation; "
        "for Istio, 1.22 or newer.",
    )


def _wait_seconds(answer: "Response | None") -> float:
    """What `Retry-After` says, within bounds."""
    said = answer.headers.get("retry-after", "") if answer is not None else ""
    return min(float(said) if said.isdigit() else AGAIN_SECONDS, BUSY_SECONDS_MAX)


def _is_plain(answer: "Response | None") -> bool:
    return answer is not None and answer.headers.get("content-type", "").startswith("text/plain")


_VERBS = {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


def _refused(doing: str, error: "Any") -> PortError:
    """By the answer's status, whose message names the field."""
    status = error.response.status_code if error.response is not None else 0
    said = (str(error).splitlines() or [""])[0].rstrip(".")
    if status == CONFLICT:
        return Conflict(
            f"somebody else changed it: {doing}", where="platform.kubernetes", why=f"{said}.", fix="Look again."
        )
    if status == 403:
        return NotAllowed(
            f"the kubeconfig may not {doing}",
            where="platform.kubernetes",
            why=f"{said}.",
            fix="Apply the Role of docs/guides/kubernetes.md, Rights.",
        )
    if 400 <= status < 500 and status != BUSY:
        return ManifestRefused(
            f"the API server refused to {doing}",
            where="platform.kubernetes",
            why=f"{said}.",
            fix="Correct what it names.",
        )
    return PortError(
        f"the API server failed to {doing}",
        where="platform.kubernetes",
        why=f"It answered with {status}.",
        fix="It is tried again.",
    )

"""One signed question to CloudWatch, through botocore."""

import asyncio
from collections.abc import Mapping
from typing import Any

from shipway.adapters.metrics._placeholders import shown
from shipway.adapters.web.client import WAIT_SECONDS, WAIT_SECONDS_MAX, SourceSilent, wait_seconds
from shipway.ports.clock import Clock

THROTTLED = ("Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException")
NOT_ALLOWED = (
    *("AccessDenied", "AccessDeniedException", "InvalidClientTokenId", "UnrecognizedClientException"),
    *("SignatureDoesNotMatch", "ExpiredToken", "ExpiredTokenException", "IncompleteSignature"),
)


class Refused(Exception):
    """CloudWatch does not understand the question."""


class AwsClient:
    """One region. Credentials are found as every AWS tool finds them: variables, a profile, a role."""

    def __init__(
        self, region: str, *, profile: str | None, url: str | None, clock: Clock, timeout_seconds: float
    ) -> None:
        self.region, self._profile, self._url = region, profile, url
        self._clock, self._timeout_seconds = clock, timeout_seconds
        self._client: Any = None
        self._silent_until = 0.0

    async def get_metric_data(self, question: Mapping[str, object]) -> Mapping[str, Any]:
        """One page. Raises `Refused` for a wrong question, and `SourceSilent` for everything else."""
        left = self._silent_until - self._clock.now()
        if 0.0 < left <= WAIT_SECONDS_MAX:
            raise self.silent(f"CloudWatch asked to be left alone, for {left:.0f} s more")
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await asyncio.to_thread(self._ask, question)
        except TimeoutError as error:
            raise self.silent(f"CloudWatch did not answer within {self._timeout_seconds:g} s") from error

    def silent(self, what: str, *, why: str = "") -> SourceSilent:
        """An error of this region."""
        fix = "The release holds until it answers; `shipway check` asks again."
        return SourceSilent(what, where=self._url or f"CloudWatch in {self.region}", why=why, fix=fix)

    async def close(self) -> None:
        """Let go of connections."""
        client, self._client = self._client, None
        if client is not None:
            await asyncio.to_thread(client.close)

    def _ask(self, question: Mapping[str, object]) -> Mapping[str, Any]:
        try:
            from botocore.exceptions import BotoCoreError, ClientError
        except ImportError as error:
            raise self.silent(
                "CloudWatch needs the extra `cloudwatch`: pip install 'shipway[cloudwatch]'"
            ) from error
        try:
            answer: Mapping[str, Any] = self._opened().get_metric_data(**question)
            return answer
        except ClientError as error:
            raise self._failure(error.response) from error
        except BotoCoreError as error:
            raise self.silent("CloudWatch cannot be asked", why=shown(str(error))) from error
        except (ValueError, KeyError, TypeError) as error:
            what = "CloudWatch answered with something that is not its API's JSON"
            raise self.silent(what, why=shown(f"{type(error).__name__}: {error}")) from error

    def _opened(self) -> Any:
        from botocore.config import Config
        from botocore.session import Session

        if self._client is None:
            self._client = Session(profile=self._profile).create_client(
                "cloudwatch",
                region_name=self.region,
                endpoint_url=self._url,
                config=Config(
                    connect_timeout=self._timeout_seconds,
                    read_timeout=self._timeout_seconds,
                    retries={"total_max_attempts": 1},
                ),
            )
        return self._client

    def _failure(self, response: Mapping[str, Any]) -> Exception:
        code, said = response["Error"]["Code"], shown(str(response["Error"].get("Message", "")))
        told = response.get("ResponseMetadata", {})
        status, headers = told.get("HTTPStatusCode", 0), told.get("HTTPHeaders", {})
        if code in THROTTLED or status == 429:
            asked = wait_seconds(headers, now=self._clock.now()) if "retry-after" in headers else WAIT_SECONDS
            wait = min(asked, WAIT_SECONDS_MAX)
            self._silent_until = self._clock.now() + wait
            return self.silent(f"CloudWatch has too many questions, to be asked again in {wait:.0f} s", why=said)
        if code in NOT_ALLOWED or status in (401, 403):
            return self.silent(f"CloudWatch refused the credentials: {code}", why=said)
        if 400 <= status < 500:
            return Refused(f"{code}: {said}")
        return self.silent(f"CloudWatch failed with {status}: {code}", why=said)

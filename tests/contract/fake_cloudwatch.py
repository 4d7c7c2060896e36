"""A strict fake of CloudWatch's GetMetricData (protocol AWS JSON 1.0).

It checks each signature, and each question by botocore's own model of the service.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.session import Session
from botocore.validate import ParamValidator

from contract.answering import Question, Reply
from contract.ledger import Ledger

REGION, KEY, SECRET = "eu-west-1", "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
JSON = {"content-type": "application/x-amz-json-1.0"}
TARGET = "GraniteServiceVersion20100801.GetMetricData"
PAGE = 30
STATISTIC = re.compile(r"^(Sum|Maximum|TC\(:([0-9.]+)\))$")
SIGNED = re.compile(
    r"Credential=([^/]+)/\d{8}/([^/]+)/monitoring/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)"
)
MODEL = Session().get_service_model("cloudwatch").operation_model("GetMetricData")


class FakeCloudWatch:
    """Tells what a ledger holds, a page at a time."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._tokens: set[str] = set()

    async def answer(self, question: Question) -> Reply:
        if (question.method, question.path, question.headers.get("x-amz-target")) != ("POST", "/", TARGET):
            return failure("UnknownOperationException", "no such operation", 404)
        if not is_signed(question):
            return failure("SignatureDoesNotMatch", "The request signature does not match.", 403)
        asked = json.loads(question.body)
        report = ParamValidator().validate(asked, MODEL.input_shape)
        if report.has_errors():
            return failure("ValidationError", report.generate_report())
        return self._answer(asked)

    def _answer(self, asked: Mapping[str, Any]) -> Reply:
        queries = asked["MetricDataQueries"]
        if len({query["Id"] for query in queries}) < len(queries) or len(queries) > 500:
            return failure("ValidationError", "The values for parameter id must be unique, and at most 500.")
        if any(not re.fullmatch("[a-z][A-Za-z0-9_]*", query["Id"]) for query in queries):
            return failure("ValidationError", "The id does not match the pattern.")
        if asked["StartTime"] >= asked["EndTime"]:
            return failure("ValidationError", "StartTime must be less than EndTime.")
        token = asked.get("NextToken")
        if token is not None and token not in self._tokens:
            return failure("InvalidNextToken", "The token is not valid.")
        first = int(token or 0)
        wrong = [query for query in queries if not STATISTIC.match(query.get("MetricStat", {}).get("Stat", ""))]
        if wrong:
            return failure("ValidationError", f"Error in expression {wrong[0]['Id']}")
        results = [self._result(query, asked) for query in queries[first : first + PAGE]]
        body: dict[str, Any] = {"MetricDataResults": results, "Messages": []}
        if first + PAGE < len(queries):
            body["NextToken"] = str(first + PAGE)
            self._tokens.add(body["NextToken"])
        return Reply(body, 200, JSON)

    def _result(self, query: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
        stat, metric = query["MetricStat"], query["MetricStat"]["Metric"]
        dimensions = {pair["Name"]: pair["Value"] for pair in metric["Dimensions"]}
        statistic = STATISTIC.match(stat["Stat"])
        assert statistic is not None
        name = {"Requests": "requests", "Errors": "errors", "InFlight": "in_flight"}.get(metric["MetricName"], "")
        key = f"le:{float(statistic[2]):g}" if statistic[2] else name
        span = float(asked["StartTime"]), float(asked["EndTime"])
        points = sorted(self.ledger.points((dimensions.get("Revision", ""), key), *span, stat["Period"]).items())
        return {
            "Id": query["Id"],
            "Label": metric["MetricName"],
            "Timestamps": [float(at) for at, _ in points],
            "Values": [float(value) for _, value in points],
            "StatusCode": "Complete",
        }


def is_signed(question: Question) -> bool:
    """Whether the signature is what the secret gives for this very request (Signature Version 4)."""
    found = SIGNED.search(question.headers.get("authorization", ""))
    if found is None or found[1] != KEY or found[2] != REGION:
        return False
    headers = {name: question.headers[name] for name in found[3].split(";")}
    url = f"http://{question.headers['host']}{question.target}"
    request = AWSRequest(question.method, url, headers=headers, data=question.body)
    request.context["timestamp"] = question.headers["x-amz-date"]
    auth = SigV4Auth(Credentials(KEY, SECRET), "monitoring", REGION)
    text = auth.string_to_sign(request, auth.canonical_request(request))
    return bool(auth.signature(text, request) == found[4])


def failure(code: str, message: str, status: int = 400, **headers: str) -> Reply:
    """An error as this protocol has it."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply({"__type": f"com.amazonaws.cloudwatch#{code}", "message": message}, status, {**JSON, **told})

"""Who watches: CI, dashboards, alerts; who is told; flags."""

import json
import os

from shipway.adapters.checks import alerts, dashboards, github, gitlab
from shipway.adapters.checks.asking import ANSWER_SECONDS, Found
from shipway.cli.render.words import plural
from shipway.cli.shell.checklist.subject import Subject
from shipway.model.share import percent


async def tests(subject: Subject) -> Found:
    """Raises `PortError`."""
    wanted = subject.loaded.file.checklist
    if subject.commit is None or not (wanted.github or wanted.gitlab):
        why = (
            "there is no repository"
            if subject.commit is None
            else "neither `checklist.github` nor `gitlab` is set"
        )
        return Found(None, f"{why}, so nobody sees what CI says")
    if wanted.github:
        return await github.green(wanted.github, subject.commit, api=wanted.api)
    assert wanted.gitlab is not None
    return await gitlab.green(wanted.gitlab, subject.commit, api=wanted.api)


async def watched(subject: Subject) -> Found:
    """Every dashboard and every alert that the file names. Raises `PortError`."""
    wanted = subject.loaded.file.checklist
    found = [await dashboards.there(address) for address in wanted.dashboards]
    if wanted.prometheus and wanted.alerts:
        found.append(await alerts.there(wanted.prometheus, wanted.alerts))
    for one in found:
        if one.is_so is not True:
            return one
    if not found:
        return Found(None, "`checklist.dashboards` and `alerts` name none")
    said = [plural(len(wanted.dashboards), "dashboard")] if wanted.dashboards else []
    said += [plural(len(wanted.alerts), "alert")] if wanted.prometheus and wanted.alerts else []
    return Found(True, f"{' and '.join(said)} are there, and nothing fires")


def flags(subject: Subject) -> Found:
    """The plan was made, so the flag service knows them: it was asked to how many they are shown."""
    ramps = subject.made.release.ramps
    if not ramps:
        return Found(True, "this release shows no flag")
    said = ", ".join(f"{ramp.flag}, shown to {percent(ramp.shown)} now" for ramp in ramps)
    return Found(True, said)


def team(subject: Subject) -> Found:
    """Whether it will be told: that happens last, when everything else is settled."""
    variable = subject.loaded.file.checklist.notify
    if variable is None:
        return Found(None, "`checklist.notify` names nobody to tell")
    if not os.environ.get(variable):
        return Found(False, f"${variable} is not set, so nobody can be told")
    return Found(True, f"${variable} is told when this is signed")


def tell(subject: Subject, text: str) -> Found:
    """Post it. The address is a secret, so it is in no message."""
    import httpx2

    variable = subject.loaded.file.checklist.notify
    assert variable is not None
    body, headers = json.dumps({"text": text}), {"content-type": "application/json"}
    try:
        answer = httpx2.post(os.environ[variable], content=body, headers=headers, timeout=ANSWER_SECONDS)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        return Found(False, f"${variable} cannot be told: {type(error).__name__}")
    if answer.status_code >= 300:
        return Found(False, f"${variable} was not told: it answered {answer.status_code}")
    return Found(True, f"${variable} was told")

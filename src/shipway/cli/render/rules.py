"""The rules of `engine/decide.py` in one sentence each: why it is so, for `shipway why`."""

RULES = {
    "converging": "the stage is not seen to be reached yet",
    "asked": "somebody asked for it",
    "harm-goes-on": "users are still hurt at the earlier stage, so all of it goes back",
    "rolled-back": "all traffic is where it was before the release",
    "back-at-stage": "a release that went back to a stage goes on only when a person says so",
    "back-late": "the take-back is not finished by its deadline; it goes on and somebody should look",
    "critical": "harm is proven and its size is critical: traffic goes back at once",
    "high": "harm is proven and its size is high: the release goes back",
    "medium": "harm is proven, its size is medium, and it did not clear in time: the release goes back",
    "low-grew": "harm that was low at an earlier stage is medium at this one: the release goes back",
    "medium-clears": "medium harm is not seen just now; it stays here until that has lasted for a while",
    "medium-wait": "harm is proven, its size is medium: it stays here, and goes back unless it clears",
    "drift": "other hands changed something, and Shipway does not overwrite it without being told",
    "warm-up": "a new replica did not get warm in `warm_up_within`, and users would wait for its answers",
    "prepare-failed": "the version cannot even be prepared",
    "gate": "a smoke test or an approval said no",
    "gates": "a smoke test or an approval has not answered yet, or its hours have not come",
    "hook": "a hook of this stage failed; `shipway resume` calls it again",
    "before-hooks": "a hook that comes before the stage has not agreed yet",
    "after-hooks": "the stage is over; a hook has not answered yet",
    "blocked": "somebody has to do something first; it is tried again all the time, and goes on by itself then",
    "released": "what it was held for is over",
    "paused": "somebody paused it; the guard stays armed",
    "paused-long": "it has been paused for more than a day",
    "stable-broken": "the live version does not answer and the new one does: the new one takes over",
    "late": "the stage was not reached by its deadline",
    "blind": "the metrics were missing for too long; a broken source is never a broken release",
    "unseen": "the platform or the traffic could not be looked at for too long; it goes on by itself afterwards",
    "unseen-wait": "the platform or the traffic does not answer just now; a stage is not left on what nobody sees",
    "blind-wait": "the metrics are missing just now; nothing is decided without them",
    "bake": "the stage's stay is not over",
    "backfill-paused": "rows are not filled while that is in somebody's way; it goes on by itself",
    "backfill-paused-long": "a backfill has been paused for more than an hour; once all is calm it goes on",
    "contract-waits": "something needs the old shape of the schema, so it stays",
    "contract-asks": "nothing needs the old shape any more; it goes only when a person says so",
    "jobs": "so many jobs have to try the version before it counts as proven",
    "no-jobs": "the stage waits for jobs that end by themselves, and all of late were ended or never began",
    "healthy": "the stay is over and the evidence says that the version is not worse",
    "proven": "the version is proven to be no worse, and guard.promote says not to wait for the end of the stay",
    "stayed": "the stay is over, and this stage needs no evidence",
    "no-evidence": "the stay is over, and too little came to tell good from bad",
    "no-evidence-ask": "the stay is over without enough evidence, and guard.no_data says to ask a person",
    "grow": "too little came to tell, and guard.no_data says to repeat the stage with more users",
    "no-evidence-go": "too little came to tell, and guard.no_data says to go on",
    "extend": "too little came to tell, so the stay begins once more",
    "approval": "the change is risky, and a person agrees before users meet it",
    "decision": "the experiment is over, and a person decides",
    "over": "the experiment is over, and experiment.then says to take it back",
    "finished": "the last stage is over",
}
NO_WAY_BACK = "-no-way-back"
STABLE_BROKEN = "-stable-broken"


def meaning(rule: str) -> str:
    """What a rule's name stands for; nothing for one that is not known here."""
    if rule in RULES:
        return RULES[rule]
    if rule.endswith(NO_WAY_BACK):
        return f"{meaning(rule.removesuffix(NO_WAY_BACK))}; but there is no earlier version, so a person decides"
    if rule.endswith(STABLE_BROKEN):
        return f"{meaning(rule.removesuffix(STABLE_BROKEN))}; but the former version does not answer either"
    return ""

"""An image by a tag that moves."""

from collections.abc import Iterator

from shipway.manifests.hazard import Found, Hazard, Level
from shipway.manifests.setting import Setting
from shipway.manifests.workloads import Container, containers


def find(setting: Setting) -> Iterator[Found]:
    """The image of the container that takes requests is the release file's."""
    for workload in setting.workloads():
        there = list(containers(workload))
        named = setting.container or (there[0].name if there else "")
        for container in there:
            image = str(container.body.get("image", ""))
            if (setting.is_derived and container.name == named) or not _moves(image):
                continue
            yield _found(container, image)


def _found(container: Container, image: str) -> Found:
    return Found(
        what=f"Container {container.name} of {container.workload.called} runs {image or 'no image'}: two pods "
        "of one "
        "version may run different code, and there is nothing to go back to.",
        on=container.workload,
        at=(*container.place, "image"),
        fix="Name a version, or better a digest: `image: name@sha256:…`.",
    )


def _moves(image: str) -> bool:
    if "@" in image:
        return False
    tag = image.rpartition("/")[2].partition(":")[2]
    return tag in ("", "latest")


HAZARD = Hazard(
    name="moving-tag",
    title="An image without a version",
    why="What `latest` is changes between two pulls, so a pod that moves to another node may be another version.",
    level=Level.ADVICE,
    find=find,
)

"""The manifests for Kubernetes, checked against its schemas and the manual."""

import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.options.redis import uses_redis
from tests.options.tasks import CELERY
from tests.support.matrix import Row, answer, row_for, rows
from tests.support.needs import missing
from tests.support.projects import rendered, stored_answers
from tests.support.questions import REPOSITORY

FOLDER = "deploy/kubernetes"
PAGE = "docs/kubernetes.md"
OLDEST = "1.30"
"""The oldest supported Kubernetes, as in the manual."""

Manifest = dict[str, Any]


def has_files(row: Row) -> bool:
    return answer(row, "kubernetes") == "true"


def has_server(row: Row) -> bool:
    """Return whether the database is a separate server."""
    return answer(row, "database") in {"postgresql", "mysql"}


# A SQLite file that a worker shares is in no project of the covering set.
SHARED_FILE = row_for(kubernetes="true", tasks="celery", data_layer="raw-sql", database="sqlite")
DEPLOYED = [*(row for row in rows() if has_files(row)), SHARED_FILE]
ROWS = pytest.mark.parametrize("row", DEPLOYED, ids=lambda row: row.name)


def name_of(row: Row) -> str:
    return answer(row, "package_name").replace("_", "-")


def read(row: Row, file: str) -> Manifest:
    path = rendered(row.answers) / FOLDER / file
    loaded: Manifest = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def has_workers(row: Row) -> bool:
    return CELERY(stored_answers(row.answers))


def key(manifest: Manifest) -> str:
    """Return the kind; of the workers and of beat, the end of their name."""
    end = str(manifest["metadata"]["name"]).rpartition("-")[2]
    return end if end in {"worker", "beat"} else str(manifest["kind"])


def manifests(row: Row) -> dict[str, Manifest]:
    """Return the applied manifests, by kind, and those of workers and beat by these names."""
    paths = (rendered(row.answers) / FOLDER).iterdir()
    files = [read(row, p.name) for p in paths if p.name != "kustomization.yaml"]
    return {key(manifest): manifest for manifest in files}


def pods(row: Row) -> Iterator[Manifest]:
    """Yield the pods of the Deployments, and of the Job if there is one."""
    for manifest in manifests(row).values():
        if "template" in manifest["spec"]:
            yield manifest["spec"]["template"]["spec"]


def containers(pod: Manifest) -> list[Manifest]:
    return [*pod.get("initContainers", []), *pod["containers"]]


def web(row: Row) -> tuple[Manifest, Manifest]:
    """Return the pod of the application, and its container."""
    pod = manifests(row)["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    return pod, container


def variables(container: Manifest) -> dict[str, Manifest]:
    return {variable["name"]: variable for variable in container["env"]}


def dockerfile(row: Row) -> str:
    return (rendered(row.answers) / "Dockerfile").read_text(encoding="utf-8")


# --- The files --------------------------------------------------------------------------------


def test_the_rows_cover_kubernetes_on_and_off() -> None:
    databases = {answer(row, "database") for row in DEPLOYED}
    assert databases == {"none", "sqlite", "postgresql", "mysql"}
    assert {answer(row, "server") for row in DEPLOYED} == {"gunicorn", "granian"}
    assert len(DEPLOYED) < len(rows())


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_each_project_has_the_manifests_it_needs(row: Row) -> None:
    project = rendered(row.answers)
    expected = {"deployment.yaml", "service.yaml", "ingress.yaml", "kustomization.yaml"}
    if has_server(row):
        expected.add("migrate.yaml")
    if answer(row, "database") == "sqlite":
        expected.add("volume.yaml")
    if has_workers(row):
        expected |= {"worker.yaml", "beat.yaml"}
    if has_files(row):
        assert {path.name for path in (project / FOLDER).iterdir()} == expected
    else:
        assert not (project / FOLDER).exists()
        assert (project / "deploy").exists() == (answer(row, "container") == "compose")
    assert (project / PAGE).exists() == has_files(row)


@ROWS
@pytest.mark.parametrize("version", [OLDEST, kubernetes_validate.latest_version()])
def test_the_manifests_match_the_schemas(row: Row, version: str) -> None:
    for manifest in manifests(row).values():
        validated = kubernetes_validate.validate(manifest, version, strict=True)
        assert version.startswith(validated)


@pytest.mark.parametrize("page", [f"template/{PAGE}.jinja", "docs/deploying.md"])
def test_the_pages_name_the_oldest_supported_kubernetes(page: str) -> None:
    assert f"Kubernetes {OLDEST}" in (REPOSITORY / page).read_text(encoding="utf-8")


@ROWS
def test_the_kustomization_applies_every_manifest_with_one_image(row: Row) -> None:
    kustomization = read(row, "kustomization.yaml")
    files = {path.name for path in (rendered(row.answers) / FOLDER).iterdir()}
    assert set(kustomization["resources"]) == files - {"kustomization.yaml"}
    (image,) = kustomization["images"]
    project = tomllib.loads((rendered(row.answers) / "pyproject.toml").read_text("utf-8"))
    assert image == {
        "name": project["project"]["name"],
        "newName": project["project"]["name"],
        "newTag": project["project"]["version"],
    }
    for pod in pods(row):
        assert {container["image"] for container in containers(pod)} == {image["name"]}


@ROWS
def test_kubectl_renders_the_manifests_unchanged(row: Row) -> None:
    if not shutil.which("kubectl"):
        missing("kubectl (no cluster)", "https://kubernetes.io/docs/tasks/tools/")
    made = subprocess.run(
        ["kubectl", "kustomize", str(rendered(row.answers) / FOLDER)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not made.stderr
    found = {key(manifest): manifest for manifest in yaml.safe_load_all(made.stdout)}
    expected = manifests(row)
    tag = read(row, "kustomization.yaml")["images"][0]["newTag"]
    for pod in pods_in(found):
        for container in containers(pod):
            image, container["image"] = container["image"], name_of(row)
            assert image == f"{name_of(row)}:{tag}"
    assert found == expected


def pods_in(found: dict[str, Manifest]) -> list[Manifest]:
    return [m["spec"]["template"]["spec"] for m in found.values() if "template" in m["spec"]]


# --- Security ---------------------------------------------------------------------------------


@ROWS
def test_secrets_come_only_from_the_secret(row: Row) -> None:
    needed = {"SECRET_KEY"} | ({"DATABASE_URL"} if has_server(row) else set())
    needed |= {"CELERY_BROKER_URL"} if has_workers(row) else set()
    for pod in pods(row):
        for container in containers(pod):
            assert "envFrom" not in container
            given = variables(container)
            migrates = container["name"] == "migrate"  # it sends no task
            assert given.keys() >= (needed - {"CELERY_BROKER_URL"} if migrates else needed)
            for name, variable in given.items():
                if re.search("SECRET|KEY|PASSWORD|TOKEN|URL", name):
                    assert "value" not in variable, name
                    reference = variable["valueFrom"]["secretKeyRef"]
                    assert (reference["name"], reference["key"]) == (name_of(row), name)
                    assert reference.get("optional", False) == (name not in needed)
    page = (rendered(row.answers) / PAGE).read_text(encoding="utf-8")
    assert f"create secret generic {name_of(row)} " in page
    answers = stored_answers(row.answers)
    wanted = needed | ({"REDIS_URL"} if uses_redis(answers) else set())
    if answers["external_api"] == "true":
        wanted |= {"VIDEOS_API_URL", "VIDEOS_API_TOKEN"}
    assert set(re.findall(r"--from-literal=([A-Z_]+)=", page)) == wanted


@ROWS
def test_the_project_reads_every_variable(row: Row) -> None:
    example = (rendered(row.answers) / ".env.example").read_text(encoding="utf-8")
    listed = set(re.findall(r"^#? ?([A-Z_]+)=", example, re.MULTILINE))
    for pod in pods(row):
        for container in containers(pod):
            assert variables(container).keys() <= listed


@ROWS
def test_containers_run_as_non_root_on_a_read_only_file_system(row: Row) -> None:
    (uid,) = re.findall(r"useradd --uid (\d+)", dockerfile(row))
    for process, manifest in manifests(row).items():
        if "template" not in manifest["spec"]:
            continue
        pod = manifest["spec"]["template"]["spec"]
        assert pod["automountServiceAccountToken"] is False
        security = pod["securityContext"]
        assert security["runAsNonRoot"] is True
        assert security["runAsUser"] == security["runAsGroup"] == int(uid)
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in containers(pod):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
            has_file = answer(row, "database") == "sqlite" and process != "beat"
            assert mounts.keys() == ({"/tmp", "/app/instance"} if has_file else {"/tmp"})
            volumes = {volume.pop("name"): volume for volume in map(dict, pod["volumes"])}
            assert volumes.keys() == set(mounts.values())
            assert volumes[mounts["/tmp"]] == {"emptyDir": {}}


@ROWS
def test_every_container_has_resource_limits(row: Row) -> None:
    for pod in pods(row):
        for container in containers(pod):
            resources = container["resources"]
            assert resources["requests"].keys() == {"cpu", "memory"}
            assert "memory" in resources["limits"]


# --- Requests ---------------------------------------------------------------------------------


@ROWS
def test_the_ingress_routes_to_the_port_of_the_image(row: Row) -> None:
    found = manifests(row)
    _, container = web(row)
    spec = found["Ingress"]["spec"]
    (rule,), (tls,) = spec["rules"], spec["tls"]
    assert tls["hosts"] == [rule["host"]]
    page = (rendered(row.answers) / PAGE).read_text(encoding="utf-8")
    assert f"create secret tls {tls['secretName']} " in page
    (path,) = rule["http"]["paths"]
    assert (path["path"], path["pathType"]) == ("/", "Prefix")
    service, backend = found["Service"], path["backend"]["service"]
    assert backend["name"] == service["metadata"]["name"]
    (port,) = service["spec"]["ports"]
    assert backend["port"]["name"] == port["name"]
    (listening,) = container["ports"]
    assert port["targetPort"] == listening["name"]
    assert f"\nEXPOSE {listening['containerPort']}\n" in dockerfile(row).partition(" AS prod\n")[2]

    given = variables(container)
    assert given["ALLOWED_HOSTS"]["value"] == rule["host"]
    assert given["TRUSTED_PROXIES"]["value"] == "1"
    assert "FORCE_HTTPS" not in given  # it is on in production


@ROWS
def test_the_service_selects_only_the_application(row: Row) -> None:
    """The pod of a Job has no probes and counts as ready, so it would get requests."""
    found = manifests(row)
    selector = found["Service"]["spec"]["selector"]
    deployment = found["Deployment"]["spec"]
    assert deployment["selector"]["matchLabels"] == selector
    assert deployment["template"]["metadata"]["labels"] == selector
    if "Job" in found:
        assert not found["Job"]["spec"]["template"].get("metadata")


@ROWS
def test_the_probes(row: Row) -> None:
    _, container = web(row)
    (port,) = container["ports"]
    paths = {"startup": "/health", "liveness": "/health", "readiness": "/health/ready"}
    for name, path in paths.items():
        probe = container[f"{name}Probe"]
        assert probe["httpGet"] == {"path": path, "port": port["name"]}
        # /health/ready takes up to 0.8 seconds.
        assert probe["timeoutSeconds"] >= 2
    startup = container["startupProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] >= 30


@ROWS
def test_the_grace_period_lets_requests_finish(row: Row) -> None:
    pod, container = web(row)
    settings = (REPOSITORY / "template/gunicorn.conf.py").read_text(encoding="utf-8")
    (longest,) = re.findall(r"^graceful_timeout = (\d+)$", settings, re.MULTILINE)
    pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    grace = pod["terminationGracePeriodSeconds"]
    assert 3 <= pause < grace
    assert grace > pause + int(longest)
    manual = (REPOSITORY / "docs/deploying.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^\| Kubernetes \|.*$", manual, re.MULTILINE)
    assert [int(number) for number in re.findall(r"\d+", line)] == [pause, grace - pause]


# --- The database -----------------------------------------------------------------------------


@ROWS
def test_migrations_run_once_before_the_application(row: Row) -> None:
    found = manifests(row)
    pod, container = web(row)
    assert "command" not in container
    job = found.get("Job")
    init = pod.get("initContainers")
    if answer(row, "data_layer") == "none":
        assert job is init is None
        return
    assert (job is None) == (answer(row, "database") == "sqlite")
    assert (job is None) != (init is None)
    (migrate,) = init or (job or {})["spec"]["template"]["spec"]["containers"]
    assert migrate["command"] == ["flask", "db", "upgrade"]
    if job:
        assert job["spec"]["template"]["spec"]["restartPolicy"] == "Never"
        page = (rendered(row.answers) / PAGE).read_text(encoding="utf-8")
        assert f"delete job {job['metadata']['name']} " in page


@ROWS
def test_only_sqlite_runs_in_one_pod_with_a_volume(row: Row) -> None:
    found = manifests(row)
    pod, _ = web(row)
    spec = found["Deployment"]["spec"]
    if answer(row, "database") != "sqlite":
        assert spec["replicas"] >= 2
        assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
        assert "PersistentVolumeClaim" not in found
        return
    assert spec["replicas"] == 1
    assert spec["strategy"] == {"type": "Recreate"}
    assert pod["securityContext"]["fsGroup"] == pod["securityContext"]["runAsUser"]
    claim = found["PersistentVolumeClaim"]["metadata"]["name"]
    for container in containers(pod):
        (volume,) = [m["name"] for m in container["volumeMounts"] if m["mountPath"] != "/tmp"]
        assert {"name": volume, "persistentVolumeClaim": {"claimName": claim}} in pod["volumes"]


# --- Background tasks -------------------------------------------------------------------------


WITH_WORKERS = [row for row in DEPLOYED if has_workers(row)]


@pytest.mark.parametrize("row", WITH_WORKERS, ids=lambda row: row.name)
@pytest.mark.parametrize("process", ["worker", "beat"])
def test_workers_and_beat(row: Row, process: str) -> None:
    found = manifests(row)
    spec = found[process]["spec"]
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]
    package = answer(row, "package_name")
    celery = ["celery", "--quiet", "--app", f"{package}.tasks.worker"]
    assert container["command"] == [*celery, process]
    labels = spec["template"]["metadata"]["labels"]
    assert spec["selector"]["matchLabels"] == labels
    assert labels != found["Deployment"]["spec"]["selector"]["matchLabels"]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        *_, script = container[probe]["exec"]["command"]
        assert f"/tmp/{package}-{process}-alive " in script
    module = REPOSITORY / "template/src/{{package_name}}/tasks/worker.py"
    assert f'f"{{PROJECT}}-{process}-alive"' in module.read_text(encoding="utf-8")
    startup = container["startupProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] == 600
    if process == "beat":
        assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


@pytest.mark.parametrize("row", WITH_WORKERS, ids=lambda row: row.name)
def test_a_worker_that_stops_may_finish_its_tasks(row: Row) -> None:
    source = rendered(row.answers) / "src" / answer(row, "package_name") / "extensions/celery.py"
    (limit,) = re.findall(r"^TIME_LIMIT = (\d+)$", source.read_text("utf-8"), re.MULTILINE)
    pod = manifests(row)["worker"]["spec"]["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] > int(limit)


def test_a_worker_shares_the_machine_of_a_sqlite_file() -> None:
    found = manifests(SHARED_FILE)
    pod = found["worker"]["spec"]["template"]["spec"]
    (term,) = pod["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    web_labels = found["Deployment"]["spec"]["selector"]["matchLabels"]
    assert term["labelSelector"]["matchLabels"] == web_labels
    assert term["topologyKey"] == "kubernetes.io/hostname"
    claim = found["PersistentVolumeClaim"]["metadata"]["name"]
    assert {"name": "instance", "persistentVolumeClaim": {"claimName": claim}} in pod["volumes"]


@ROWS
def test_resources_are_named_after_the_project(row: Row) -> None:
    suffixes = {"Job": "-migrate", "worker": "-worker", "beat": "-beat"}
    for kind, manifest in manifests(row).items():
        suffix = suffixes.get(kind, "")
        assert manifest["metadata"]["name"] == f"{name_of(row)}{suffix}"


def test_each_kind_has_one_manifest() -> None:
    """`manifests` would hide a second manifest of a kind from the checks."""
    for row in DEPLOYED:
        files = list((rendered(row.answers) / FOLDER).iterdir())
        assert len(manifests(row)) == len(files) - 1

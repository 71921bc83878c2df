"""What deploy/kubernetes holds is loaded by Dagster and dagster-k8s and rendered into a Job, without a cluster."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.instance.ref import InstanceRef
from dagster._core.launcher import LaunchRunContext
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin
from dagster._core.storage.dagster_run import DagsterRun

from orchestrator_assets.cli import COMMANDS
from orchestrator_assets.settings import Settings
from orchestrator_assets_tests.conftest import CHECKOUT

pytest.importorskip("dagster_k8s", reason="needs the extra kubernetes, which requirements.lock has")
client = pytest.importorskip("kubernetes.client", reason="comes with the extra kubernetes")

FOLDER = CHECKOUT / "deploy" / "kubernetes"
INSTANCE: dict[str, Any] = yaml.safe_load((FOLDER / "dagster.yaml").read_text())
ROOT: dict[str, Any] = yaml.safe_load((CHECKOUT / "dagster.yaml").read_text())
VALUES: dict[str, Any] = yaml.safe_load((FOLDER / "values.yaml").read_text())
LAUNCHER: dict[str, Any] = INSTANCE["run_launcher"]["config"]
MANIFESTS: list[dict[str, Any]] = [
    manifest
    for name in ("shared", "hooks", "ui", "standalone")
    for manifest in yaml.safe_load_all((FOLDER / f"{name}.yaml").read_text())
]
PODS = {
    manifest["metadata"]["name"]: manifest["spec"]["template"]["spec"]
    for manifest in MANIFESTS
    if manifest["kind"] == "Deployment"
}
[CODE] = VALUES["dagster-user-deployments"]["deployments"]
CHART_LAUNCHER = VALUES["runLauncher"]["config"]["k8sRunLauncher"]

# Made by `kubectl create` (docs/operations.md), or by the chart for a release called dagster.
SECRETS = {f"orchestrator-{name}" for name in ("database", "tokens", "hooks", "git", "postgresql")}
CONFIG_MAPS = {"orchestrator-settings", "orchestrator-fleet", "dagster-instance", "dagster-workspace-yaml"}

# The keys of the chart's published values file.
CHART = {
    "": "global nameOverride fullnameOverride rbacEnabled imagePullSecrets dagsterWebserver computeLogManager pythonLogs "
    "dagster-user-deployments scheduler runLauncher postgresql generatePostgresqlPasswordSecret "
    "generateCeleryConfigSecret rabbitmq redis flower ingress dagsterDaemon busybox extraManifests migrate telemetry "
    "serviceAccount retention additionalInstanceConfig pipelineRun",
    "global": "postgresqlSecretName dagsterHome serviceAccountName celeryConfigSecretName",
    "postgresql": "enabled image postgresqlHost postgresqlUsername postgresqlPassword postgresqlDatabase "
    "postgresqlParams postgresqlScheme service",
    "dagsterWebserver": "replicaCount image nameOverride pathPrefix service workspace enableReadOnly env envConfigMaps "
    "envSecrets volumes volumeMounts podSecurityContext securityContext resources",
    "dagster-user-deployments": "enabled enableSubchart imagePullSecrets deployments",
    "dagsterDaemon": "enabled image heartbeatTolerance runCoordinator runMonitoring runRetries sensors schedules env "
    "envConfigMaps envSecrets volumes volumeMounts podSecurityContext securityContext resources",
    "retention": "enabled schedule sensor autoMaterialize",
}
CODE_KEYS = (
    "name image dagsterApiGrpcArgs port includeConfigInLaunchedRuns envConfigMaps envSecrets podSecurityContext "
    "securityContext volumes volumeMounts resources"
)
LAUNCHER_KEYS = (
    "imagePullPolicy loadInclusterConfig envConfigMaps envSecrets labels failPodOnRunFailure resources securityContext "
    "volumes volumeMounts runK8sConfig"
)

KUBECONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "none",
    "clusters": [{"name": "none", "cluster": {"server": "http://127.0.0.1:1"}}],
    "users": [{"name": "none", "user": {}}],
    "contexts": [{"name": "none", "context": {"cluster": "none", "user": "none"}}],
}


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z0-9])", "_", name).lower() if name != "runK8sConfig" else "run_k8s_config"


def snaked(mapping: dict[str, Any]) -> dict[str, Any]:
    return {snake(key): value for key, value in mapping.items()}


def as_model(kind: str, given: Any) -> Any:
    """What the Kubernetes client makes of it, written out again: a field that it does not know is missing."""
    api = client.ApiClient()
    model = api._ApiClient__deserialize(given, kind)
    return api.sanitize_for_serialization(model)


class Jobs:
    """The cluster: notes the Jobs that are made."""

    def __init__(self) -> None:
        self.made: list[tuple[str, dict[str, Any]]] = []

    def create_namespaced_job_with_retries(self, body: Any, namespace: str) -> None:
        self.made.append((namespace, client.ApiClient().sanitize_for_serialization(body)))


@pytest.fixture
def instance(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """The instance of deploy/kubernetes/dagster.yaml over the test's database; only the cluster is another."""
    (home / "kubeconfig").write_text(yaml.safe_dump(KUBECONFIG))
    config = {**LAUNCHER, "load_incluster_config": False, "kubeconfig_file": str(home / "kubeconfig")}
    changed = {**INSTANCE, "run_launcher": {**INSTANCE["run_launcher"], "config": config}}
    folder = home / "dagster"
    folder.mkdir()
    (folder / "dagster.yaml").write_text(yaml.safe_dump(changed))
    monkeypatch.setenv("DAGSTER_HOME", str(folder))
    with dg.DagsterInstance.from_config(str(folder)) as made:
        yield made


@pytest.fixture
def job(instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The Job that the run launcher makes of a run of `nightly` (by construct_dagster_k8s_job)."""
    monkeypatch.setenv("ORCHESTRATOR_GITHUB_TOKEN", "a-token-of-ours")
    image = LAUNCHER["job_image"]
    code = ModuleCodePointer("orchestrator_assets.definitions", "defs")
    origin = RepositoryPythonOrigin("/usr/local/bin/python", code, image, entry_point=["dagster"])
    run = instance.add_run(DagsterRun(job_name="nightly", job_code_origin=JobPythonOrigin("nightly", origin)))
    jobs = Jobs()
    launcher: Any = instance.run_launcher
    launcher._api_client = jobs
    launcher.launch_run(LaunchRunContext(dagster_run=run, workspace=None))
    [(namespace, made)] = jobs.made
    assert namespace == "orchestrator"
    assert made["metadata"]["name"] == f"dagster-run-{run.run_id}"
    return made


def test_the_file_is_ours_and_a_run_launcher() -> None:
    here = set(ROOT) - {"run_launcher"}
    assert {key: INSTANCE[key] for key in here} == {key: ROOT[key] for key in here}
    assert set(INSTANCE) - here == {"run_launcher", "compute_logs"}


def test_dagster_takes_the_file_as_it_is() -> None:
    ref = InstanceRef.from_dir(str(FOLDER))
    launcher = ref.run_launcher_data
    assert launcher is not None and (launcher.module_name, launcher.class_name) == ("dagster_k8s", "K8sRunLauncher")
    told: Any = ref.settings["run_monitoring"]
    assert told["max_runtime_seconds"] == ROOT["run_monitoring"]["max_runtime_seconds"]


def test_the_instance_runs_jobs_in_kubernetes(instance: dg.DagsterInstance) -> None:
    assert type(instance.run_launcher).__name__ == "K8sRunLauncher"
    assert instance.run_launcher.supports_check_run_worker_health, "run monitoring asks the launcher"
    queue = instance.get_concurrency_config().run_queue_config
    assert queue is not None and queue.max_concurrent_runs == 4
    assert not instance.telemetry_enabled


def test_a_run_needs_no_cluster(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Its pod has no token of Kubernetes, so the launcher must not be made there.
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    folder = home / "dagster"
    folder.mkdir()
    (folder / "dagster.yaml").write_text((FOLDER / "dagster.yaml").read_text())
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        result = dg.materialize([dg.asset(name="anything")(lambda: None)], instance=instance)
    assert result.success


def test_a_run_becomes_a_job(job: dict[str, Any]) -> None:
    template = job["spec"]["template"]
    pod = template["spec"]
    [container] = pod["containers"]
    assert container["image"] == LAUNCHER["job_image"] and container["imagePullPolicy"] == "IfNotPresent"
    assert container["args"][:3] == ["dagster", "api", "execute_run"] and "command" not in container
    assert container["resources"] == LAUNCHER["resources"]
    assert container["securityContext"] == LAUNCHER["security_context"]
    assert pod["serviceAccountName"] == "orchestrator" and pod["automountServiceAccountToken"] is False
    assert pod["securityContext"] == LAUNCHER["run_k8s_config"]["pod_spec_config"]["securityContext"]
    assert (pod["restartPolicy"], job["spec"]["backoffLimit"]) == ("Never", 0), "runs are asked for again by us"
    assert job["spec"]["ttlSecondsAfterFinished"] == 3600
    labels = template["metadata"]["labels"]
    assert labels["dagster/job"] == "nightly" and labels["app.kubernetes.io/component"] == "run_worker"
    # dagster-k8s has a value of its own for app.kubernetes.io/part-of; ours has the last word.
    assert labels["app.kubernetes.io/part-of"] == "orchestrator"


def test_a_job_has_its_folders(job: dict[str, Any]) -> None:
    pod = job["spec"]["template"]["spec"]
    [container] = pod["containers"]
    places = {mount["mountPath"]: mount for mount in container["volumeMounts"]}
    assert set(places) == {mount["mountPath"] for mount in LAUNCHER["volume_mounts"]}
    assert {mount["name"] for mount in places.values()} == {volume["name"] for volume in pod["volumes"]}
    assert {"name": "DAGSTER_HOME", "value": "/var/lib/orchestrator"} in container["env"]
    given = json.loads(container["args"][3])
    assert given["instance_ref"]["run_launcher_data"]["class_name"] == "K8sRunLauncher"
    # Whoever asks for the instance by its home instead finds the same: the launcher mounts none by itself.
    assert places["/var/lib/orchestrator/dagster.yaml"]["subPath"] == "dagster.yaml"


def test_secrets_come_by_name_alone(job: dict[str, Any]) -> None:
    [container] = job["spec"]["template"]["spec"]["containers"]
    assert container["envFrom"] == [
        {"configMapRef": {"name": "orchestrator-settings"}},
        {"secretRef": {"name": "orchestrator-database"}},
        {"secretRef": {"name": "orchestrator-tokens"}},
    ]
    text = json.dumps(job)
    assert os.environ["DATABASE_URL"] not in text and "postgresql://" not in text and "a-token-of-ours" not in text


def test_kubernetes_knows_every_field() -> None:
    models = {"Deployment", "Service", "ConfigMap", "PersistentVolumeClaim", "ServiceAccount", "Role", "RoleBinding"}
    assert {manifest["kind"] for manifest in MANIFESTS} == models
    for manifest in MANIFESTS:
        known = as_model(f"V1{manifest['kind']}", manifest)
        assert known == manifest, manifest["metadata"]["name"]


def test_kubernetes_knows_what_the_values_hand_on() -> None:
    for section in (CODE, CHART_LAUNCHER, VALUES["dagsterDaemon"]):
        for key, kind in (
            ("resources", "V1ResourceRequirements"),
            ("securityContext", "V1SecurityContext"),
            ("podSecurityContext", "V1PodSecurityContext"),
            ("volumes", "list[V1Volume]"),
            ("volumeMounts", "list[V1VolumeMount]"),
        ):
            if key in section:
                assert as_model(kind, section[key]) == section[key]
    spec = CHART_LAUNCHER["runK8sConfig"]["podSpecConfig"]
    assert as_model("V1PodSpec", {"containers": [], **spec}) == {"containers": [], **spec}


def test_the_pods_run_what_there_is() -> None:
    settings = {f"ORCHESTRATOR_{name.upper()}" for name in Settings.model_fields}
    [shared] = [manifest["data"] for manifest in MANIFESTS if manifest["kind"] == "ConfigMap"]
    assert {name for name in shared if name.startswith("ORCHESTRATOR_")} <= settings
    assert shared["ORCHESTRATOR_HUB_URL"].startswith("https://") and "@" not in shared["ORCHESTRATOR_HUB_URL"]
    assert shared["DAGSTER_HOME"] == LAUNCHER["dagster_home"] == VALUES["global"]["dagsterHome"]
    for pod in PODS.values():
        [container] = pod["containers"]
        program, *rest = container["args"]
        assert rest[0] in COMMANDS if program == "orchestrator" else rest[:2] == ["-m", "orchestrator_assets.web.ui"]
        assert container["image"] == LAUNCHER["job_image"]
        ports = [port["containerPort"] for port in container["ports"]]
        assert ports == ([3001] if "hooks" in rest else [3000])
    # Arguments are whole commands, for which the entry point must add no program.
    assert '\nENTRYPOINT ["tini", "--"]\n' in (CHECKOUT / "deploy" / "Containerfile").read_text()
    assert "\nUSER orchestrator\n" in (CHECKOUT / "deploy" / "Containerfile").read_text()


def test_only_what_is_said_to_be_made_is_asked_for() -> None:
    text = "\n".join(path.read_text() for path in FOLDER.glob("*.yaml"))
    guide = (CHECKOUT / "docs" / "operations.md").read_text()
    asked = set(re.findall(r"secretName: ([\w-]+)|secretRef: \{name: ([\w-]+)|secretKeyRef: \{name: ([\w-]+)", text))
    secrets = {name for names in asked for name in names if name} | set(LAUNCHER["env_secrets"])
    secrets |= {item["name"] for item in CODE["envSecrets"]} | {VALUES["global"]["postgresqlSecretName"]}
    assert secrets == SECRETS and all(f" {name} " in guide for name in secrets)
    maps = set(re.findall(r"configMap(?:Ref)?: \{name: ([\w-]+)", text)) | set(LAUNCHER["env_config_maps"])
    assert maps == CONFIG_MAPS
    assert "kind: Secret" not in text and "postgresqlPassword" not in text and "postgresql://" not in text


def test_services_stay_inside_and_find_their_pods() -> None:
    selected = [m["spec"]["selector"] for m in MANIFESTS if m["kind"] == "Service" and m["spec"]["type"] == "ClusterIP"]
    labels = [m["spec"]["template"]["metadata"]["labels"] for m in MANIFESTS if m["kind"] == "Deployment"]
    assert len(selected) == len(labels) == 3
    assert all(any(selector.items() <= found.items() for found in labels) for selector in selected)
    assert VALUES["dagsterWebserver"]["service"]["type"] == "ClusterIP"


def test_only_the_chart_s_own_keys_are_used() -> None:
    for section, keys in CHART.items():
        assert set(VALUES[section] if section else VALUES) <= set(keys.split()), section
    assert set(CODE) <= set(CODE_KEYS.split()) and set(CHART_LAUNCHER) <= set(LAUNCHER_KEYS.split())


def test_values_and_file_say_the_same_of_runs() -> None:
    chart = snaked(CHART_LAUNCHER)
    for key in ("env_config_maps", "env_secrets"):
        chart[key] = [item["name"] for item in chart[key]]
    chart["run_k8s_config"] = snaked(chart["run_k8s_config"])
    chart |= {
        "service_account_name": VALUES["global"]["serviceAccountName"],
        "dagster_home": VALUES["global"]["dagsterHome"],
        "instance_config_map": "dagster-instance",
        "job_namespace": "orchestrator",
        "job_image": f"{CODE['image']['repository']}:{CODE['image']['tag']}",
    }
    assert chart == LAUNCHER
    assert VALUES["runLauncher"]["type"] == INSTANCE["run_launcher"]["class"]
    assert not CODE["includeConfigInLaunchedRuns"]["enabled"], "or the code location's pod has the last word"


def test_values_and_file_say_the_same_of_the_instance() -> None:
    daemon = VALUES["dagsterDaemon"]
    for key in ("runMonitoring", "runRetries", "sensors", "schedules"):
        assert snaked(daemon[key]) == ROOT[snake(key)], key
    kept = {key: snaked(VALUES["retention"][key]) for key in ("sensor", "schedule")}
    assert kept == ROOT["retention"] and VALUES["retention"]["enabled"]
    assert VALUES["telemetry"] == ROOT["telemetry"]
    assert daemon["runCoordinator"]["config"]["customRunCoordinator"] == ROOT["run_coordinator"]
    assert VALUES["additionalInstanceConfig"] == {key: ROOT[key] for key in ("nux", "concurrency")}
    assert VALUES["computeLogManager"]["type"] == INSTANCE["compute_logs"]["class"]


def test_dagster_takes_what_the_chart_makes_of_the_values(tmp_path: Path) -> None:
    """Written as the chart writes it, by hand: it sets storages and the coordinator one by one."""
    database = VALUES["postgresql"]
    url = {
        "username": database["postgresqlUsername"],
        "password": {"env": "DAGSTER_PG_PASSWORD"},
        "hostname": database["postgresqlHost"],
        "db_name": database["postgresqlDatabase"],
        "port": database["service"]["port"],
    }
    storages = {
        "run_storage": ("dagster_postgres.run_storage", "PostgresRunStorage"),
        "event_log_storage": ("dagster_postgres.event_log", "PostgresEventLogStorage"),
        "schedule_storage": ("dagster_postgres.schedule_storage", "PostgresScheduleStorage"),
    }
    written = {
        **{
            key: {"module": module, "class": name, "config": {"postgres_db": url}}
            for key, (module, name) in storages.items()
        },
        **{
            key: INSTANCE[key] for key in ("run_launcher", "compute_logs", "run_monitoring", "run_retries", "retention")
        },
        "run_coordinator": VALUES["dagsterDaemon"]["runCoordinator"]["config"]["customRunCoordinator"],
        **VALUES["additionalInstanceConfig"],
    }
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump(written))
    ref = InstanceRef.from_dir(str(tmp_path))
    told: Any = ref.settings["concurrency"]
    assert told["runs"]["max_concurrent_runs"] == 4
    assert ref.run_coordinator_data is not None
    assert type(ref.run_coordinator_data.rehydrate(object)).__name__ == "OncePerRequest"
    assert not VALUES["postgresql"]["enabled"] and not VALUES["generatePostgresqlPasswordSecret"]

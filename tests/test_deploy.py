"""What a deploy reads: its documents are valid by published schemas, and name only settings and commands that exist."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import compose_spec
import kubernetes_validate
import pytest
import yaml

from forecasting.settings import VARIABLES
from webapp.app.cli import root_command

ROOT = Path(__file__).resolve().parents[1]
MANIFESTS = ROOT / "deploy" / "kubernetes"
OLDEST, NEWEST = "1.29", kubernetes_validate.latest_version()
OF_OTHERS = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"}
"""Variables that the database's image reads, not ours."""


def documents() -> dict[str, dict[str, Any]]:
    """Every document that is applied, by file, kind and name."""
    files = (path for path in MANIFESTS.glob("*.yaml") if path.name != "kustomization.yaml")
    found = ((path.name, document) for path in files for document in yaml.safe_load_all(path.read_text()))
    return {f"{name}: {one['kind']} {one['metadata']['name']}": one for name, one in found}


DOCUMENTS = documents()
PODS = {name: one["spec"]["template"]["spec"] for name, one in DOCUMENTS.items() if "template" in one.get("spec", {})}


def commands_of_procfile() -> dict[str, str]:
    lines = (ROOT / "Procfile").read_text().splitlines()
    return dict(line.split(": ", 1) for line in lines)


def compose() -> compose_spec.PyCompose:
    return compose_spec.PyOptions(apply_merge=True).from_yaml((ROOT / "docker-compose.yml").read_text())


def dataflow_commands() -> Iterator[list[str]]:
    """The words after `dataflow` wherever a deploy starts it."""
    for command in commands_of_procfile().values():
        for part in command.split(" && "):
            words = shlex.split(part)
            if words[0] == "dataflow":
                yield words[1:]
    for pod in PODS.values():
        yield pod["containers"][0]["command"][1:]
    specification = compose()
    for name in specification.service_names():
        command = specification.get_service(name).command
        if isinstance(command, list) and command[0].endswith("dataflow"):
            yield command[1:]


class TestKubernetes:
    @pytest.mark.parametrize("version", [OLDEST, NEWEST])
    @pytest.mark.parametrize("name", sorted(DOCUMENTS))
    def test_a_document_is_valid(self, name: str, version: str) -> None:
        kubernetes_validate.validate(DOCUMENTS[name], version, strict=True)

    @pytest.mark.parametrize("name", sorted(PODS))
    def test_nothing_runs_as_root_or_writes_outside_its_folders(self, name: str) -> None:
        assert PODS[name]["securityContext"]["runAsNonRoot"] is True
        assert not PODS[name]["automountServiceAccountToken"]
        for container in PODS[name]["containers"]:
            context = container["securityContext"]
            assert context["readOnlyRootFilesystem"], container["name"]
            assert not context["allowPrivilegeEscalation"], container["name"]
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert container["resources"]["limits"]["memory"]

    def test_liveness_and_readiness_are_apart(self) -> None:
        container = PODS["web.yaml: Deployment dataflow-web"]["containers"][0]
        paths = [container[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")]
        assert paths == ["/live", "/live", "/ready"]

    def test_every_file_is_applied(self) -> None:
        kustomization = yaml.safe_load((MANIFESTS / "kustomization.yaml").read_text())
        assert {*kustomization["resources"], "kustomization.yaml"} == {path.name for path in MANIFESTS.iterdir()}

    def test_every_setting_exists(self) -> None:
        settings = {*DOCUMENTS["config.yaml: ConfigMap dataflow"]["data"]}
        settings |= {one["name"] for pod in PODS.values() for box in pod["containers"] for one in box.get("env", ())}
        assert settings <= {*VARIABLES.values()}


class TestCompose:
    def test_the_file_is_valid(self) -> None:
        specification = compose()
        for check in ("networks", "volumes", "configs", "secrets"):
            getattr(specification, f"validate_{check}")()
        assert specification.service_names() == [
            "migrate", "web", "worker", "scheduler", "proxy", "postgres", "redis"
        ]  # fmt: skip

    def test_nothing_runs_as_root(self) -> None:
        specification = compose()
        for name in specification.service_names():
            service = specification.get_service(name)
            assert service.user or service.build or "unprivileged" in service.image, name
            assert service.cap_drop == {"ALL"}, name

    def test_every_setting_exists(self) -> None:
        specification = compose()
        for name in specification.service_names():
            given = specification.get_service(name).environment or {}
            assert {*given} <= {*VARIABLES.values()} | OF_OTHERS, name

    def test_only_the_proxy_is_reached_and_from_this_machine_alone(self) -> None:
        specification = compose()
        ports = {name: specification.get_service(name).ports for name in specification.service_names()}
        assert {name for name, given in ports.items() if given} == {"proxy"}
        assert "127.0.0.1" in str(ports["proxy"])


class TestHeroku:
    def test_the_processes_are_those_of_the_application_file(self) -> None:
        application = json.loads((ROOT / "app.json").read_text())
        assert {"release", *application["formation"]} == {*commands_of_procfile()}
        assert {*application["env"]} <= {*VARIABLES.values()}

    def test_a_release_brings_the_database_up_to_date(self) -> None:
        assert commands_of_procfile()["release"].startswith("dataflow migrate")


def test_every_command_exists() -> None:
    known, commands = root_command().commands, list(dataflow_commands())
    assert len(commands) > 8
    for words in commands:
        assert words[0] in known, words
        with known[words[0]].make_context(words[0], words[1:]) as context:
            assert context.info_name == words[0]

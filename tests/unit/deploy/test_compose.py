"""docker-compose.yml, read as compose reads it: services, ports, secrets, networks, files, hardening."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.desk.home import REPOSITORY
from tests.unit.deploy.compose import COMPOSE, MADE, VARIABLE, Missing, compose

PORTS = {
    "nginx": "127.0.0.1:3001:3001",
    "web": "127.0.0.1:8000:8000",
    "grafana": "127.0.0.1:3000:3000",
    "prometheus": "127.0.0.1:9090:9090",
    "postgres": "127.0.0.1:5433:5432",
    "redis": "127.0.0.1:6380:6379",
}
OURS = ["web", "gateway", "worker", "beat", "migrate"]
SERVICES: dict[str, Any] = compose()["services"]


def test_every_part_of_the_desk_is_a_service() -> None:
    wanted = {"postgres", "redis", "nginx", "prometheus", "grafana", "simulator", "ib-gateway", "ib-settings", *OURS}
    assert set(SERVICES) == wanted


def test_ports_are_the_documented_ones_and_on_this_machine_only() -> None:
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
        name: [port] for name, port in PORTS.items()
    }


def test_every_published_port_can_be_changed() -> None:
    for name in PORTS:
        assert re.search(r"127\.0\.0\.1:\$\{DESK_\w+:-\d+\}:", str(_raw()["services"][name]["ports"])), name


@pytest.mark.parametrize("name", MADE)
def test_a_missing_secret_stopscompose(name: str) -> None:
    with pytest.raises(Missing, match=name):
        compose(**{name: ""})


def test_no_secret_has_a_default() -> None:
    for name, operator, _word in VARIABLE.findall(COMPOSE.read_text("utf-8")):
        if re.search(r"PASSWORD|SECRET|KEY", name) and operator == ":-":
            # empty: no VNC server at all
            assert name == "VNC_SERVER_PASSWORD"
            assert _word == ""


def test_no_secret_is_written_down() -> None:
    secret = re.compile(r"(PASSWORD|SECRET|KEY)$")
    for service in _raw()["services"].values():
        for name, value in (service.get("environment") or {}).items():
            if secret.search(name):
                assert str(value).startswith("${"), name


def test_ibs_password_reaches_only_its_gateway_and_only_as_a_file() -> None:
    assert [name for name, service in SERVICES.items() if "secrets" in service] == ["ib-gateway"]
    for name, service in compose(TWS_PASSWORD="hunter2-hunter2")["services"].items():
        assert "hunter2-hunter2" not in str(service), name


def test_no_registry_is_named() -> None:
    for name, service in SERVICES.items():
        first, _, rest = str(service["image"]).partition("/")
        assert not rest or not re.search(r"[.:]|^localhost$", first), f"{name}: {service['image']}"


def test_images_are_pinned() -> None:
    for name, service in SERVICES.items():
        tag = str(service["image"]).rpartition(":")[2]
        assert tag not in {"latest", service["image"]}, name


def test_files_that_are_mounted_or_built_exist() -> None:
    for name, service in SERVICES.items():
        for path in _files(service):
            assert (REPOSITORY / path).exists(), f"{name}: {path}"


def _files(service: Any) -> list[Path]:
    mounted = [Path(entry.split(":")[0]) for entry in service.get("volumes", []) if entry.startswith("./")]
    build = service.get("build")
    if not build:
        return mounted
    context = Path(build["context"])
    return [*mounted, context, context / build.get("dockerfile", "Dockerfile")]


def test_volumes_networks_and_needs_are_declared() -> None:
    whole = compose()
    for name, service in SERVICES.items():
        volumes = {entry.split(":")[0] for entry in service.get("volumes", []) if not entry.startswith("./")}
        assert volumes <= set(whole["volumes"]), name
        assert set(service.get("networks", [])) <= set(whole["networks"]), name
        assert set(service.get("depends_on", [])) <= set(SERVICES), name


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_is_hardened_and_limited(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    limits = service["deploy"]["resources"]["limits"]
    assert {"cpus", "memory", "pids"} <= set(limits)


def test_root_file_systems_are_read_only_where_the_image_allows_it() -> None:
    assert [name for name, service in SERVICES.items() if not service.get("read_only")] == ["ib-gateway"]


def test_services_come_back_and_one_shots_do_not() -> None:
    once = {name for name, service in SERVICES.items() if service["restart"] == "no"}
    assert once == {"migrate", "ib-settings"}
    assert {service["restart"] for name, service in SERVICES.items() if name not in once} == {"unless-stopped"}


def test_every_service_that_stays_has_a_check_that_asks_for_an_answer() -> None:
    for name, service in SERVICES.items():
        if service["restart"] != "no":
            check = " ".join(service["healthcheck"]["test"])
            answers = r"healthcheck\.py|handshake-probe|/health|SELECT 1|PONG|/-/ready"
            assert re.search(answers, check), f"{name}: {check}"


def test_the_ib_api_is_reached_by_the_gateway_process_alone() -> None:
    networks = {name: set(service.get("networks", [])) for name, service in SERVICES.items()}
    assert {name for name, joined in networks.items() if "broker" in joined} == {"gateway", "simulator", "ib-gateway"}
    assert {name for name, joined in networks.items() if "internet" in joined} == {"ib-gateway"}
    assert compose()["networks"]["broker"] == {"internal": True}


def test_prometheus_and_grafana_cannot_reach_the_database() -> None:
    for name in ("prometheus", "grafana", "nginx"):
        assert "data" not in SERVICES[name]["networks"]


def test_the_processes_use_the_database_as_somebody_who_does_not_own_it() -> None:
    for name in OURS:
        user = SERVICES[name]["environment"]["DATABASE_URL"].partition("//")[2].partition(":")[0]
        assert user == ("desk_owner" if name == "migrate" else "desk"), name


def test_without_settings_the_desk_talks_to_its_simulator() -> None:
    environment = SERVICES["gateway"]["environment"]
    assert (environment["IB_HOST"], str(environment["IB_PORT"])) == ("simulator", "4002")
    assert "profiles" not in SERVICES["simulator"]


def test_the_real_gateway_needs_its_profile_and_complete_settings() -> None:
    for name in ("ib-settings", "ib-gateway"):
        assert SERVICES[name]["profiles"] == ["ib"]
    assert SERVICES["ib-gateway"]["depends_on"] == {"ib-settings": {"condition": "service_completed_successfully"}}


def test_the_real_gateway_runs_on_paper_unless_told_otherwise() -> None:
    assert SERVICES["ib-gateway"]["environment"]["TRADING_MODE"] == "paper"
    live = compose(IB_TRADING_MODE="live")["services"]
    assert live["ib-gateway"]["environment"]["TRADING_MODE"] == "live"
    assert live["gateway"]["environment"]["IB_TRADING_MODE"] == "live"


def test_the_real_gateway_signs_in_and_restarts_by_itself() -> None:
    environment = SERVICES["ib-gateway"]["environment"]
    wanted = {
        "READ_ONLY_API": "no",
        "TWOFA_TIMEOUT_ACTION": "restart",
        "RELOGIN_AFTER_TWOFA_TIMEOUT": "yes",
        "AUTO_RESTART_TIME": "11:50 PM",
        "VNC_SERVER_PASSWORD": None,
    }
    assert {name: environment[name] for name in wanted} == wanted
    # the file that spares the second factor at a restart must survive the container
    path = environment["TWS_SETTINGS_PATH"]
    assert f"ib-settings:{path}" in SERVICES["ib-gateway"]["volumes"]


def test_everything_the_settings_read_that_compose_passes_is_a_setting() -> None:
    """A misspelt name would be ignored in silence."""
    sources = [REPOSITORY / "config", REPOSITORY / "deploy" / "web", REPOSITORY / "manage.py"]
    files = [path for source in sources for path in ([source] if source.is_file() else source.rglob("*"))]
    text = "".join(path.read_text("utf-8") for path in files if path.suffix in {".py", ""} and path.is_file())
    for name in {name for service in OURS for name in SERVICES[service]["environment"]}:
        assert name in text, name


def test_the_web_image_gets_everything_it_copies() -> None:
    ignored = (REPOSITORY / ".dockerignore").read_text("utf-8").splitlines()
    allowed = {line[1:] for line in ignored if line.startswith("!")}
    assert "*" in ignored
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (REPOSITORY / "deploy/web/Dockerfile").read_text(), re.MULTILINE)
    for source in {word.rstrip("/") for line in copied for word in line.split()}:
        assert (REPOSITORY / source).exists(), source
        assert any(source == entry or source.startswith(f"{entry}/") for entry in allowed), source


def test_secrets_and_state_never_enter_an_image() -> None:
    allowed = [line for line in (REPOSITORY / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")]
    assert not {"!.", "!.env", "!.desk", "!tests"} & set(allowed)


def test_images_run_as_nobody_in_particular() -> None:
    for path in ("deploy/web/Dockerfile", "deploy/tws_simulator/Dockerfile"):
        users = re.findall(r"^USER (\S+)$", (REPOSITORY / path).read_text("utf-8"), re.MULTILINE)
        assert users, path
        assert not users[-1].startswith(("0", "root")), path


def _raw() -> Any:
    return yaml.safe_load(COMPOSE.read_text("utf-8"))

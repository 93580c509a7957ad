"""`lms-gateway serve` as a process: reload, drain and log."""

import signal
import threading
from pathlib import Path

import httpx2
import pytest

from tests.cli.processes import ask, log_events, running, serving
from tests.cli.vendors import slow_vendor

SECRET = "s3cret-in-the-file"


def tenant_toml(slug: str, name: str, base_url: str = "http://127.0.0.1:9") -> str:
    return f"""
[[tenant]]
slug = "{slug}"
name = "{name}"
vendor = "canvas"
base_url = "{base_url}"
credentials = {{ kind = "token", token = "{SECRET}" }}
access = "open"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "gateway.toml"
    file.write_text(tenant_toml("maple", "First"))
    return file


NAMES = "{ tenants { name } }"


def names(*words: str) -> dict[str, object]:
    return {"data": {"tenants": [{"name": word} for word in words]}}


@pytest.mark.parametrize("workers", [1, 2])
def test_sighup_reloads_every_worker_and_drops_no_request(file: Path, workers: int) -> None:
    with serving(file, "--workers", str(workers)) as (process, url):
        assert ask(url, NAMES) == names("First")
        wrong: list[object] = []
        seen: set[str] = set()
        over = threading.Event()

        def keep_asking() -> None:
            # One connection, kept open: that is what a worker's replacement would cut.
            with httpx2.Client(timeout=60) as client:
                while not over.is_set():
                    try:
                        answer = client.post(f"{url}/graphql", json={"query": NAMES}).json()
                        seen.add(answer["data"]["tenants"][0]["name"])
                    except Exception as error:
                        wrong.append(error)
                        return

        askers = [threading.Thread(target=keep_asking) for _ in range(4)]
        for asker in askers:
            asker.start()
        for turn, name in enumerate(("Second", "Third"), 1):
            file.write_text(tenant_toml("maple", name))
            process.signal(signal.SIGHUP)
            process.wait_for(r'"event": "(reloaded)"', times=turn * workers)
            for _ in range(8):
                assert ask(url, NAMES) == names(name)
        over.set()
        for asker in askers:
            asker.join()
        assert wrong == []
        assert seen >= {"Third"}
        assert process.end() == 0
    assert SECRET not in process.text


def test_an_invalid_configuration_is_logged_and_the_old_one_stays(file: Path) -> None:
    with serving(file) as (process, url):
        file.write_text(tenant_toml("maple", "Second") + 'colour = "red"\n')
        process.signal(signal.SIGHUP)
        process.wait_for(r'"event": "(reload_refused)"')
        (event,) = log_events(process, "reload_refused")
        assert event["problems"] == ['gateway.toml: tenant "maple": unknown key "colour"']
        assert ask(url, NAMES) == names("First")


def test_sigterm_finishes_running_requests_and_exits_with_status_0(tmp_path: Path) -> None:
    with slow_vendor() as vendor:
        file = tmp_path / "gateway.toml"
        file.write_text(tenant_toml("maple", "First", vendor.url))
        with serving(file) as (process, url):
            answers: list[object] = []
            query = "{ courses(first: 5) { nodes { name } } }"
            asker = threading.Thread(target=lambda: answers.append(ask(url, query)))
            asker.start()
            assert vendor.request_received.wait(60)
            process.signal(signal.SIGTERM)
            process.wait_for(r"(Shutting down)")
            with pytest.raises(httpx2.ConnectError):
                httpx2.get(f"{url}/health/live")
            vendor.release.set()
            asker.join()
            assert answers == [{"data": {"courses": {"nodes": []}}}]
            assert process.end() == 0


def test_several_workers_share_their_metrics(file: Path) -> None:
    with serving(file, "--workers", "2") as (_, url):
        for _ in range(10):
            ask(url, NAMES)
        for _ in range(4):
            text = httpx2.get(f"{url}/metrics").text
            line = next(
                line for line in text.splitlines() if line.startswith("lms_gateway_graphql_operations_total")
            )
            assert float(line.split()[-1]) == 10.0


def test_a_key_gives_access_to_its_tenant_over_http(file: Path) -> None:
    with running("key", "new", "frontend", "--tenant", "maple") as made:
        made.popen.wait(60)
        made.wait_for(r"(scopes = .*)")
    lines = made.text[made.text.index("[[api_key]]") :]
    key = made.text.split()[0]
    file.write_text(tenant_toml("maple", "First").replace('access = "open"', "") + lines)
    with serving(file) as (process, url):
        assert ask(url, NAMES) == names()
        assert ask(url, NAMES, Authorization=f"Bearer {key}") == names("First")
        refused = ask(url, NAMES, Authorization=f"Bearer {key}x")
        assert refused["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        process.end()
    assert key not in process.text


def test_an_invalid_configuration_is_reported_and_nothing_starts(file: Path) -> None:
    file.write_text(tenant_toml("maple", "First") + 'colour = "red"\n[limits]\nmax_depth = 0\n')
    with running("serve", "--config", str(file)) as process:
        assert process.popen.wait(60) == 1
        process.end()
    assert process.lines == [
        'gateway.toml: tenant "maple": unknown key "colour"\n',
        'gateway.toml: limits: "max_depth" must be a whole number from 1 to 1000\n',
    ]


def test_open_tenants_are_rejected_with_another_host_on_the_command_line(file: Path) -> None:
    with running("serve", "--config", str(file), "--host", "0.0.0.0") as process:
        assert process.popen.wait(60) == 1
        process.end()
    assert "allowed on loopback only" in process.text


def test_a_port_in_use_is_reported_in_one_line(file: Path) -> None:
    with slow_vendor() as taken:
        port = str(taken.server_port)
        with running("serve", "--config", str(file), "--port", port) as process:
            assert process.popen.wait(60) == 1
            process.end()
    assert "cannot listen on 127.0.0.1 port" in process.lines[-1]

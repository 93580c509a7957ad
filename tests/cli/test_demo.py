"""`lms-gateway demo`, `sandbox` and `check` as processes, against the simulators."""

import json
from pathlib import Path

import httpx2
import pytest

from lms_gateway.cli.demo import QUERIES, configure
from lms_sandbox.server import SandboxServer
from tests.cli.processes import ask, running


def test_the_demo_answers_its_sample_queries_and_exits() -> None:
    with running("demo", "--port", "0", "--sandbox-port", "0", "--sections", "12") as demo:
        url = demo.wait_for(r"Explorer +(http://\S+)/graphql")
        assert (
            "text/html"
            in httpx2.get(f"{url}/graphql", headers={"Accept": "text/html"}).headers["content-type"]
        )
        for title, query in QUERIES:
            assert query in demo.text
            answer = ask(url, query)
            assert "errors" not in answer, (title, answer)
        both = ask(url, QUERIES[0][1])["data"]["tenants"]
        assert [(tenant["slug"], tenant["vendor"]) for tenant in both] == [
            ("maple", "CANVAS"),
            ("lakeside", "SCHOOLOGY"),
        ]
        for tenant in both:
            assert tenant["viewer"]["displayName"]
            assert any(course["sections"]["nodes"] for course in tenant["courses"]["nodes"])
        assert demo.end() == 0
    # What the demo writes is for people: no log line comes between.
    assert not [line for line in demo.lines if line.startswith("{") and "event" in line]


def test_demo_and_sandbox_report_a_port_in_use() -> None:
    with SandboxServer() as other:
        port = other.url.rpartition(":")[2]
        for arguments in (
            ["demo", "--sandbox-port", port],
            ["demo", "--port", port, "--sandbox-port", "0"],
            ["sandbox", "--port", port],
        ):
            with running(*arguments) as command:
                assert command.popen.wait(60) == 1
                command.end()
            assert "cannot listen on" in command.lines[-1]
            # The address would be that of another process.
            assert "http://" not in command.text


def test_the_sandbox_serves_both_vendors() -> None:
    with running("sandbox", "--port", "0", "--sections", "12") as sandbox:
        url = sandbox.wait_for(r"Request log +(http://\S+)/_sandbox/log")
        with httpx2.Client(base_url=url) as client:
            headers = {"Authorization": "Bearer canvas-demo-token"}
            assert client.get("/canvas/api/v1/users/self", headers=headers).status_code == 200
            assert client.get("/schoology/v1/users/me").status_code == 401


def test_an_invalid_faults_file_is_reported(tmp_path: Path) -> None:
    script = tmp_path / "faults.json"
    script.write_text("{")
    with running("sandbox", "--port", "1", "--faults", str(script)) as sandbox:
        assert sandbox.popen.wait(60) == 1
        sandbox.end()
    assert sandbox.lines[-1].startswith(f"lms-gateway: {script}: ")


CHECKED = """
[[tenant]]
slug = "maple"
vendor = "canvas"
base_url = "{canvas}"
credentials = {{ kind = "token", token = "{token}" }}

[[tenant]]
slug = "lakeside"
vendor = "schoology"
base_url = "{schoology}"

[tenant.credentials]
kind = "oauth1"
consumer_key = {{ env = "LAKESIDE_KEY" }}
consumer_secret = {{ env = "LAKESIDE_SECRET" }}

[[tenant]]
slug = "nobody"
vendor = "canvas"
base_url = "{nowhere}"
credentials = {{ kind = "token", token = {{ env = "LAKESIDE_KEY" }} }}
"""
ENVIRON = {"LAKESIDE_KEY": "lakeside-demo-key", "LAKESIDE_SECRET": "lakeside-demo-secret"}


@pytest.mark.parametrize("token", ["canvas-demo-token", "wrong"])
def test_check_reports_each_tenant_and_fails_if_one_fails(tmp_path: Path, token: str) -> None:
    file = tmp_path / "gateway.toml"
    with SandboxServer() as sandbox:
        text = CHECKED.format(
            canvas=sandbox.canvas_url,
            schoology=sandbox.schoology_url,
            nowhere="http://127.0.0.1:9",
            token=token,
        )
        if token != "wrong":
            text = text[: text.rindex("[[tenant]]")]
        file.write_text(text)
        with running("check", "--config", str(file), environ=ENVIRON) as check:
            status = check.popen.wait(60)
            check.end()
    rows = {line.split("│")[1].strip(): line for line in check.lines if line.startswith("│")}
    assert "yes" in rows["lakeside"]
    if token == "wrong":
        assert status == 1
        assert "CREDENTIALS_REJECTED" in rows["maple"]
        assert "yes" in rows["maple"]
        assert " no " in rows["nobody"]
    else:
        assert status == 0
        assert "yes" in rows["maple"]
    assert 'gateway.toml: warning: tenant "maple": token is in the file itself' in check.text
    for secret in (token, *ENVIRON.values()):
        assert json.dumps(secret) not in check.text
        assert f" {secret} " not in check.text


def test_the_demos_tenants_are_open_and_on_loopback() -> None:
    settings = configure("http://127.0.0.1:1/canvas", "http://127.0.0.1:1/schoology/v1")
    assert settings.host == "127.0.0.1"
    assert [tenant.access for tenant in settings.tenants] == ["open", "open"]

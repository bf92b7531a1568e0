"""What is installed is what was tested: the wheel's content, and the wheel at work in a clean environment."""

from __future__ import annotations

import json
import subprocess
import tarfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import distribution
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

import paydouble
from paydouble.contracts import shipped
from tests.packaging import building
from tests.packaging.building import REPOSITORY

SHIPPED = ("contracts", "scenarios", "loadtests")
NEVER_INSTALLED = ("tests", "docs", ".venv", ".cache", "node_modules", "__pycache__")


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all processes of this run."""
    mine = tmp_path_factory.getbasetemp()
    return mine.parent if mine.name.startswith("popen-") else mine


@pytest.fixture(scope="session")
def distributions(run_folder: Path) -> Path:
    if not (REPOSITORY / ".git").exists():
        pytest.skip("git tells which files belong to the project, and this is no git checkout")
    return building.shared(run_folder / "distributions", building.built)


@pytest.fixture(scope="session")
def wheel(distributions: Path) -> Path:
    return building.the_one(distributions / "dist", "*.whl")


@pytest.fixture(scope="session")
def bin_folder(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the commands of a clean installation are."""
    try:
        needs = building.shared(building.dependencies_folder(), building.dependencies)
    except building.NoNetwork as error:
        pytest.skip(f"the dependencies cannot be fetched: {error}")
    return building.installed(tmp_path_factory.mktemp("installed"), wheel, needs)


def content(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def built_from(distributions: Path, root: str, folder: str) -> set[str]:
    """Every file of a folder as it was when the wheel was built, by its path below the root."""
    tree = distributions / "tree" / root
    return {str(each.relative_to(tree)) for each in (tree / folder).rglob("*") if each.is_file()}


def test_every_module_and_its_data_is_installed(distributions: Path, wheel: Path) -> None:
    sources = built_from(distributions, "simulator", "paydouble")
    assert "paydouble/py.typed" in sources
    assert any(name.startswith("paydouble/engine/wellknown/") and name.endswith(".pem") for name in sources)
    assert sources <= content(wheel)


@pytest.mark.parametrize("folder", SHIPPED)
def test_the_folders_beside_the_package_are_inside_the_wheel(
    distributions: Path, wheel: Path, folder: str
) -> None:
    wanted = {f"paydouble/_shipped/{name}" for name in built_from(distributions, "", folder)}
    assert wanted
    assert wanted <= content(wheel)


def test_nothing_else_is_installed(wheel: Path) -> None:
    names = content(wheel)
    assert {name.split("/")[0] for name in names} == {"paydouble", f"paydouble-{paydouble.__version__}.dist-info"}
    strange = [name for name in names if set(Path(name).parts) & set(NEVER_INSTALLED)]
    assert not strange


def test_the_source_archive_holds_no_tests_and_no_environment(distributions: Path) -> None:
    with tarfile.open(building.the_one(distributions / "dist", "*.tar.gz")) as archive:
        tops = {name.split("/")[1] for name in archive.getnames() if "/" in name}
    assert tops >= {"simulator", *SHIPPED, "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"}
    assert not tops & set(NEVER_INSTALLED)


def test_the_source_archive_makes_the_same_wheel(distributions: Path, wheel: Path) -> None:
    again = building.the_one(distributions / "from-sdist", "*.whl")
    assert content(again) == content(wheel)


def test_the_installed_command_knows_its_version(bin_folder: Path, tmp_path: Path) -> None:
    told = building.ran(str(bin_folder / "paydouble"), "--version", cwd=tmp_path)
    assert paydouble.__version__ in told


def test_the_installed_command_lists_operations_and_scenarios(bin_folder: Path, tmp_path: Path) -> None:
    command = str(bin_folder / "paydouble")
    operations = json.loads(building.ran(command, "list", "operations", "--format", "json", cwd=tmp_path))
    assert {each["provider"] for each in operations} >= {"stripe", "wechatpay"}
    assert "lost-response" in building.ran(command, "scenario", "list", cwd=tmp_path)


def test_the_installation_reads_its_own_copies(bin_folder: Path, tmp_path: Path) -> None:
    program = "import sys; from paydouble.contracts.shipped import root; print(*map(root, sys.argv[1:]), sep='\\n')"
    told = building.ran(str(bin_folder / "python"), "-c", program, *SHIPPED, cwd=tmp_path).splitlines()
    copies = building.the_one(bin_folder.parent, "lib/*/site-packages/paydouble/_shipped")
    assert [Path(each) for each in told] == [copies / name for name in SHIPPED]


def test_the_installed_server_takes_a_payment(bin_folder: Path, tmp_path: Path) -> None:
    with served(bin_folder, tmp_path) as ready:
        status, payment = answered(f"{ready['url']}/v1/payment_intents", {
            "amount": "1301", "currency": "usd", "confirm": "true", "payment_method": "pm_card_visa",
            "automatic_payment_methods[enabled]": "true", "automatic_payment_methods[allow_redirects]": "never",
        })
    assert (status, payment["status"]) == (200, "succeeded")


def test_an_editable_installation_reads_the_live_folders() -> None:
    direct = distribution("paydouble").read_text("direct_url.json")
    if direct is None or not json.loads(direct).get("dir_info", {}).get("editable"):
        pytest.skip("the running environment has no editable installation")
    for name in SHIPPED:
        assert shipped.root(name) == REPOSITORY / name


@contextmanager
def served(bin_folder: Path, folder: Path) -> Iterator[dict[str, Any]]:
    """What the ready-file says, while the server runs."""
    ready = folder / "ready.json"
    environment = {**building.clean_environment(), "PAYDOUBLE_HOME": str(folder / "home")}
    command = [str(bin_folder / "paydouble"), "serve", "--port", "0", "--tls-port", "0", "--ready-file", str(ready)]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            url = next(word for word in server.stdout.readline().split() if word.startswith("http"))
            # Whoever is answered may rely on the ready-file: it is written before the first answer.
            assert answered(f"{url}/_paydouble/health")[0] == 200
            yield json.loads(ready.read_text("utf-8"))
        finally:
            server.terminate()
            assert server.wait(timeout=30) == 0


def answered(url: str, form: dict[str, str] | None = None) -> tuple[int, Any]:
    request = urllib.request.Request(
        url, data=urlencode(form).encode() if form else None,
        headers={"Authorization": "Bearer sk_test_paydouble_default"} if form else {},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=30) as response:
            return response.status, json.loads(response.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")

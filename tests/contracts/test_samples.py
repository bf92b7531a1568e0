"""What the files beside the contracts promise: examples fulfil them, broken ones fail as their name says.

A test is one folder, an operation or an event, and names every file in it that breaks its promise.
"""

from collections.abc import Iterator

import pytest

from paydouble.contracts.engines import Engine
from tests.contracts.samples import CONTRACTS, KEYWORDS, Sample, catalog, contracts, part_of, samples

ENGINES = [Engine.FAST, Engine.REFERENCE]
INSIDE = {"stripe": ("data", "object"), "wechatpay": ("resource",), "paypal": ("resource",)}
"""Where a notification keeps the object it is about."""
OURS = ("response", "notification", "resource", "error")


IN_FOLDER: dict[str, list[str]] = {}
for _path in catalog().paths():
    IN_FOLDER.setdefault(_path.rpartition("/")[0], []).append(_path)
FOLDERS = sorted(IN_FOLDER)


def of(folder: str, *parts: str) -> list[str]:
    """The contracts in this folder, or only these parts."""
    return [path for path in IN_FOLDER[folder] if not parts or part_of(path) in parts]


def in_(folder: str, kind: str, *parts: str) -> Iterator[Sample]:
    return (sample for path in of(folder, *parts) for sample in samples(kind, path))


def examples_fulfil_their_contracts(folder: str) -> None:
    wrong = {
        str(sample): violations
        for sample in in_(folder, "examples")
        for form in (*[catalog(engine).part for engine in ENGINES], catalog().producer)
        if (violations := form(sample.contract).check(sample.document()))
    }
    assert not wrong


def _why(sample: Sample, engine: Engine) -> list[str]:
    """What the name of this broken sample could say truly."""
    violations = catalog(engine).part(sample.contract).check(sample.document())
    if len(violations) != 1:
        return []
    where = violations[0].pointer.replace("/", "-").replace("_", "-")
    return [word + where for word, keywords in KEYWORDS.items() if violations[0].keyword in keywords]


def broken_samples_fail_for_the_one_reason_in_their_names(folder: str) -> None:
    wrong = [
        (str(sample), engine.value)
        for sample in in_(folder, "broken")
        for engine in ENGINES
        if sample.why not in _why(sample, engine)
    ]
    assert not wrong


def contracts_have_samples_of_both_kinds(folder: str) -> None:
    for path in of(folder):
        least = 2 if part_of(path) == "request" else 1
        assert len(samples("examples", path)) >= least, path
        assert len(samples("broken", path)) >= least, path


def what_a_request_requires_and_refuses_is_sampled(folder: str) -> None:
    for path in of(folder, "request"):
        whys = {sample.why for sample in samples("broken", path)}
        names = {"unknown": "additionalProperties", "missing": "required"}
        for word, keyword in names.items():
            assert keyword not in catalog().bundle(path) or any(why.startswith(word) for why in whys), path


def test_no_sample_is_without_a_contract() -> None:
    known = {sample.file for kind in ("examples", "broken") for sample in samples(kind)}
    assert {*CONTRACTS.rglob("examples/*"), *CONTRACTS.rglob("broken/*")} == known


def a_new_field_breaks_the_producer_form_only(folder: str) -> None:
    for sample in in_(folder, "examples", *OURS):
        document = sample.document()
        if not isinstance(document, dict):
            continue
        document["paydouble_unheard_of"] = 1
        assert catalog().part(sample.contract).check(document) == (), str(sample)
        [violation] = catalog().producer(sample.contract).check(document)
        assert (violation.pointer, violation.keyword) == ("/paydouble_unheard_of", "additionalProperties")


LAWS = (
    examples_fulfil_their_contracts, broken_samples_fail_for_the_one_reason_in_their_names,
    contracts_have_samples_of_both_kinds, what_a_request_requires_and_refuses_is_sampled,
    a_new_field_breaks_the_producer_form_only,
)


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_keeps_its_promises(folder: str) -> None:
    for law in LAWS:
        law(folder)


@pytest.mark.parametrize("path", contracts("notification"))
def test_a_new_field_deep_inside_breaks_the_producer_form_only(path: str) -> None:
    inside = INSIDE.get(path.partition("/")[0], ())
    document = inner = samples("examples", path)[0].document()
    for name in inside:
        inner = inner.get(name, inner)  # type: ignore[attr-defined]
    inner["paydouble_unheard_of"] = 1  # type: ignore[index]
    assert catalog().part(path).check(document) == ()
    assert [one.keyword for one in catalog().producer(path).check(document)] == ["additionalProperties"]

"""What the files beside the contracts promise: examples fulfil them, broken ones fail as their name says."""

import pytest

from paydouble.contracts.engines import Engine
from tests.contracts.samples import CONTRACTS, KEYWORDS, Sample, catalog, contracts, part_of, samples

ENGINES = [Engine.FAST, Engine.REFERENCE]
OURS = contracts("response", "notification", "resource", "error")
OUR_EXAMPLES = [sample for path in OURS for sample in samples("examples", path)]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("sample", samples("examples"), ids=str)
def test_example_fulfils_its_contract(sample: Sample, engine: Engine) -> None:
    assert catalog(engine).part(sample.contract).check(sample.document()) == ()


@pytest.mark.parametrize("sample", samples("examples"), ids=str)
def test_example_fulfils_the_producer_form(sample: Sample) -> None:
    assert catalog().producer(sample.contract).check(sample.document()) == ()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("sample", samples("broken"), ids=str)
def test_broken_sample_fails_for_the_reason_in_its_name(sample: Sample, engine: Engine) -> None:
    [violation] = catalog(engine).part(sample.contract).check(sample.document())
    where = violation.pointer.replace("/", "-").replace("_", "-")
    named = [word + where for word, keywords in KEYWORDS.items() if violation.keyword in keywords]
    assert sample.why in named


@pytest.mark.parametrize("path", catalog().paths())
def test_contract_has_samples_of_both_kinds(path: str) -> None:
    least = 2 if part_of(path) == "request" else 1
    assert len(samples("examples", path)) >= least
    assert len(samples("broken", path)) >= least


@pytest.mark.parametrize("path", contracts("request"))
def test_what_a_request_requires_and_refuses_is_sampled(path: str) -> None:
    whys = {sample.why for sample in samples("broken", path)}
    names = {"unknown": "additionalProperties", "missing": "required"}
    for word, keyword in names.items():
        assert keyword not in catalog().bundle(path) or any(why.startswith(word) for why in whys)


def test_no_sample_is_without_a_contract() -> None:
    known = {sample.file for kind in ("examples", "broken") for sample in samples(kind)}
    assert {*CONTRACTS.rglob("examples/*"), *CONTRACTS.rglob("broken/*")} == known


@pytest.mark.parametrize("sample", OUR_EXAMPLES, ids=str)
def test_a_new_field_breaks_the_producer_form_only(sample: Sample) -> None:
    document = sample.document()
    if not isinstance(document, dict):
        return
    document["paydouble_unheard_of"] = 1
    assert catalog().part(sample.contract).check(document) == ()
    [violation] = catalog().producer(sample.contract).check(document)
    assert (violation.pointer, violation.keyword) == ("/paydouble_unheard_of", "additionalProperties")


@pytest.mark.parametrize("path", contracts("notification"))
def test_a_new_field_deep_inside_breaks_the_producer_form_only(path: str) -> None:
    inside = {"stripe": ("data", "object"), "wechatpay": ("resource",), "paypal": ("resource",)}.get(path.partition("/")[0], ())
    document = inner = samples("examples", path)[0].document()
    for name in inside:
        inner = inner.get(name, inner)  # type: ignore[attr-defined]
    inner["paydouble_unheard_of"] = 1  # type: ignore[index]
    assert catalog().part(path).check(document) == ()
    assert [one.keyword for one in catalog().producer(path).check(document)] == ["additionalProperties"]

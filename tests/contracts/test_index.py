"""contracts/index.json says what is there."""

import json

from paydouble.contracts.index import INDEX, build_index, index_text
from tests.contracts.samples import CONTRACTS, catalog


def test_index_is_up_to_date() -> None:
    assert (CONTRACTS / INDEX).read_text(encoding="utf-8") == index_text(CONTRACTS), \
        "run python -m paydouble.contracts.index"


def test_index_lists_every_contract_once() -> None:
    index = json.loads(json.dumps(build_index(CONTRACTS)))
    ids = [entry["id"] for entry in index["contracts"]]
    assert len(ids) == len(set(ids)) == len(catalog().paths())


def test_inner_documents_have_contracts() -> None:
    index = json.loads(json.dumps(build_index(CONTRACTS)))
    inner = [(entry, one) for entry in index["contracts"] for one in entry.get("inner", ())]
    assert inner
    for entry, one in inner:
        folder = CONTRACTS / entry["provider"] / entry["api"] / "events" / entry["event"]
        assert (folder / one["schema"]).is_file()

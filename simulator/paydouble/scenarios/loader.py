"""From a file, a text or plain data to a Scenario, or to all the problems of the file at once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, get_args

from paydouble.scenarios import vocabulary, yaml12
from paydouble.scenarios.checks import Checker
from paydouble.scenarios.declarations import cannot_fire, reads_only
from paydouble.scenarios.expressions import Substitution, exact
from paydouble.scenarios.messages import (
    PROBLEMS_MAX,
    Problem,
    ScenarioProblems,
    Severity,
    did_you_mean,
    shown,
)
from paydouble.scenarios.positions import Node, Path, Source, key_node, value_node
from paydouble.scenarios.rule import Mark, Scenario

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

    from paydouble.core.provider import Provider
    from paydouble.scenarios.document import Document

RULES_MAX = 1_000
STATES_MAX = 200
NO_VARS: Mapping[str, Any] = {}
_SHIPPED_NAME = re.compile(r"(?:[a-z0-9_-]+/)?[a-z0-9_-]+", re.ASCII)
VERBS_OF = frozenset({"latency", "delay"})
"""Places whose keys are verbs: exactly one of them says what is meant."""

# What pydantic calls a value of the wrong shape.
_SHAPES = {
    "model_type": "a mapping", "dict_type": "a mapping", "list_type": "a list", "tuple_type": "a list",
    "model_attributes_type": "a mapping",
}  # fmt: skip


def load_file(
    path: FilePath, *, vars: Mapping[str, Any] = NO_VARS, providers: Sequence[Provider] = (), name: str = ""
) -> Scenario:
    """`name` is what problems call the file: its path, unless told. Raises ScenarioProblems."""
    file = name or str(path)
    try:
        with path.open("rb") as stream:
            content = stream.read(yaml12.BYTES_MAX + 1)
    except OSError as error:
        raise ScenarioProblems([_no_file(file, f"cannot be read: {error.strerror}")]) from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # A file cut at the limit may end inside a character; what it is refused for is its size.
        if len(content) <= yaml12.BYTES_MAX:
            source = Source(file, content[: error.start].decode("utf-8", "replace"))
            line = source.text.count("\n")
            raise ScenarioProblems([source.problem("SC001", "the file is not in UTF-8", line, 0)]) from None
        text = content.decode("utf-8", "replace")
    return load_text(text, file=file, vars=vars, providers=providers)


def load_shipped(
    name: str,
    shipped: FilePath,
    *,
    vars: Mapping[str, Any] = NO_VARS,
    providers: Sequence[Provider] = (),
) -> Scenario:
    """A shipped scenario by its name, `lost-response` or `stripe/…`. Never any other file."""
    found = _shipped_file(name, shipped)
    if found is None:
        known = list(shipped_names(shipped))
        raise ScenarioProblems([_no_file(name, "there is no shipped scenario of that name", known)])
    told = f"scenarios/{found.relative_to(shipped).as_posix()}"
    return load_file(found, vars=vars, providers=providers, name=told)


def load_named(
    name: str,
    shipped: FilePath,
    *,
    vars: Mapping[str, Any] = NO_VARS,
    providers: Sequence[Provider] = (),
) -> Scenario:
    """A path ends in .yaml; else a shipped name. For who may read files, never for the control API."""
    path = FilePath(name)
    if path.suffix in (".yaml", ".yml"):
        return load_file(path, vars=vars, providers=providers)
    return load_shipped(name, shipped, vars=vars, providers=providers)


def shipped_names(shipped: FilePath) -> Iterator[str]:
    """Names as `when` activated: files of `common/` without their folder."""
    for file in sorted(shipped.glob("*/*.yaml")):
        yield file.stem if file.parent.name == "common" else f"{file.parent.name}/{file.stem}"


def load_rules(
    rules: Iterable[Mapping[str, Any]],
    *,
    name: str = "inline",
    vars: Mapping[str, Any] = NO_VARS,
    providers: Sequence[Provider] = (),
) -> Scenario:
    """Rules that came as JSON or from Python; problems show them as JSON, a rule a line."""
    lines = ",\n".join(json.dumps(exact(rule), default=_as_number, ensure_ascii=False) for rule in rules)
    text = f'"schema": 1\n"name": {json.dumps(name)}\n"rules": [\n{lines}\n]'
    declared = {"vars": exact(vars)} if vars else {}
    if declared:
        text += f'\n"vars": {json.dumps(declared["vars"], default=_as_number, ensure_ascii=False)}'
    return load_text(text, file=name, providers=providers)


def load_text(
    text: str,
    *,
    file: str = "scenario.yaml",
    vars: Mapping[str, Any] = NO_VARS,
    providers: Sequence[Provider] = (),
) -> Scenario:
    """`vars` override the file's. With `providers`, rules that can never fire there become warnings.

    Raises ScenarioProblems, with warnings among them, when there is at least one error.
    """
    source = Source(file, text)
    root = yaml12.read(source)
    data = _document(source, root)
    problems = list(islice(yaml12.duplicates(source, root), PROBLEMS_MAX))
    data, found = _substituted(source, root, data, vars)
    problems += found
    document, found = _validated(source, root, data)
    problems += _without_shadowed(problems, found)
    checker = Checker(source, root, data, lambda native: reads_only(native, providers))
    problems += islice(checker.problems(), PROBLEMS_MAX)
    if document is None or any(problem.severity is Severity.ERROR for problem in problems):
        raise ScenarioProblems(_ordered(problems))
    scenario = _compiled(source, root, document, [provider.name for provider in providers])
    return replace(scenario, warnings=_ordered([*problems, *cannot_fire(scenario, providers)]))


def _document(source: Source, root: Node) -> dict[str, Any]:
    if root.id != "mapping":
        message = "a scenario is a mapping; start with 'schema: 1'"
        raise ScenarioProblems([source.problem_at("SC020", message, root)])
    data: dict[str, Any] = yaml12.plain(root)
    rules, states = data.get("rules"), data.get("states")
    for key, value, limit in (("rules", rules, RULES_MAX), ("states", states, STATES_MAX)):
        if isinstance(value, list | dict) and len(value) > limit:
            message = f"more than {limit} {key} in one file"
            raise ScenarioProblems([source.problem_at("SC001", message, key_node(root, (key,)))])
    return {key: value for key, value in data.items() if not key.startswith("x-")}


def _substituted(
    source: Source, root: Node, data: dict[str, Any], overrides: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Problem]]:
    declared = data.get("vars", {})
    known = dict(declared) if isinstance(declared, dict) else {}
    problems = []
    for name in overrides:
        if name not in known:
            node = key_node(root, ("vars",)) if "vars" in data else root
            advice = did_you_mean(name, known)
            problems.append(
                source.problem_at("SC035", f"there is no variable '{name}' in 'vars'", node, help=advice)
            )
    known |= exact(overrides)
    for name, value in known.items():
        if "${{" in str(value):
            node = value_node(root, ("vars", name))
            problems.append(
                source.problem_at("SC020", f"the variable '{name}' cannot hold an expression", node)
            )
    substitution = Substitution(source, root, known)
    below = {key: value for key, value in data.items() if key not in ("vars", *vocabulary.NOT_AVAILABLE[""])}
    replaced = {**data, **substitution.apply(below)}
    if isinstance(declared, dict) and (declared or known):
        replaced["vars"] = known
    return replaced, problems + substitution.problems


def _validated(source: Source, root: Node, data: dict[str, Any]) -> tuple[Document | None, list[Problem]]:
    from pydantic import ValidationError

    from paydouble.scenarios.document import Document

    try:
        return Document.model_validate(data), []
    except ValidationError as invalid:
        told = _Told(source, root)
        errors = invalid.errors(include_url=False)
        # What has an error below it is itself wrong only because of that.
        above = {error["loc"][:end] for error in errors for end in range(len(error["loc"]))}
        found = (told.problem(error) for error in errors if error["loc"] not in above)
        return None, list(islice(found, PROBLEMS_MAX))


def _compiled(source: Source, root: Node, document: Document, loaded: Iterable[str]) -> Scenario:
    """A file that names no provider is about all: those of the language, and those that are loaded."""
    from paydouble.scenarios.compiling import compile_rule, compile_settings

    providers = document.providers or tuple(dict.fromkeys((*vocabulary.PROVIDERS, *loaded)))
    rules = []
    for index, spec in enumerate(document.rules):
        mark = Mark(source.problem_at("SC033", "", _trigger_node(root, index)))
        rules.append(compile_rule(spec, number=index + 1, providers=providers, mark=mark))
    return Scenario(
        name=document.name,
        title=document.title,
        description=" ".join(document.description.split()),
        providers=providers,
        tags=document.tags,
        vars=document.vars,
        settings=compile_settings(document.settings),
        rules=tuple(rules),
        file=source.file,
    )


def _trigger_node(root: Node, index: int) -> Node:
    path: Path = ("rules", index, "when")
    for trigger in ("operation", "native", "notification"):
        node = value_node(root, (*path, trigger))
        if node is not value_node(root, path):
            return node
    return key_node(root, path)


class _Told:
    """Turns pydantic's errors into ours: code, words and place."""

    def __init__(self, source: Source, root: Node) -> None:
        self._source = source
        self._root = root

    def problem(self, error: ErrorDetails) -> Problem:
        kind, context = error["type"], error.get("ctx", {})
        path = _without_tags(error["loc"], named=kind == "extra_forbidden")
        if path and path[-1] == "[key]":
            path, at_key = path[:-1], True
        else:
            at_key = kind == "extra_forbidden"
        code, message, advice = self._words(kind, context, path, error)
        if kind == "missing":
            node = key_node(self._root, path[:-1])
        else:
            node = key_node(self._root, path) if at_key else value_node(self._root, path)
        return self._source.problem_at(code, message, node, help=advice)

    def _words(
        self, kind: str, context: Mapping[str, Any], path: Path, error: ErrorDetails
    ) -> tuple[str, str, str]:
        match kind:
            case "SC020":
                return kind, context["message"], context["help"]
            case "SC011":
                return self._not_allowed(path, context)
            case "extra_forbidden":
                return self._unknown_key(path)
            case "missing":
                return self._missing(path)
            case "too_short":
                return "SC020", f"'{_place(path)}' must not be empty", ""
            case "too_long":
                return "SC020", f"'{_place(path)}' takes {context['max_length']} values", ""
        wanted = _SHAPES.get(kind, "of another form")
        return (
            "SC020",
            f"{shown(error['input'])} is not allowed for '{_place(path)}'; it must be {wanted}",
            "",
        )

    def _not_allowed(self, path: Path, context: Mapping[str, Any]) -> tuple[str, str, str]:
        place, value = _place(path), context["value"]
        if (place, value.strip("'")) in vocabulary.VALUES_NOT_AVAILABLE:
            return "SC090", f"{value} for '{place}' is not available in this version of the language", ""
        advice = did_you_mean(value.strip("'"), context["allowed"])
        return "SC011", f"{value} is not allowed for '{place}'", advice

    def _unknown_key(self, path: Path) -> tuple[str, str, str]:
        key, place = str(path[-1]), _place(path[:-1])
        told = shown(key)
        if key in vocabulary.NOT_AVAILABLE.get(place, ()):
            here = f" in '{place}'" if place else ""
            message = f"'{key}'{here} is not available in this version of the language"
            return "SC090", message, "leave it out, or use a version that has it"
        advice = did_you_mean(key, _keys_allowed(path[:-1]))
        if place in VERBS_OF:
            return "SC013", f"unknown verb {told} in '{place}'", advice
        if key == "<<":
            advice = "merge keys are no part of YAML 1.2; use an alias for a whole value"
        return "SC010", f"unknown key {told} in '{place}'" if place else f"unknown key {told}", advice

    def _missing(self, path: Path) -> tuple[str, str, str]:
        if isinstance(path[-1], int):
            return "SC020", f"'{_place(path)}' takes two values", ""
        place = _place(path[:-1])
        advice = "add 'schema: 1'" if path == ("schema",) else ""
        where = f" in '{place}'" if place else ""
        if len(path) > 1 and isinstance(path[-2], int):
            where = f" in this item of '{place}'"
        return "SC012", f"'{path[-1]}' is missing{where}", advice


def _without_tags(path: Path, *, named: bool) -> Path:
    """Pydantic puts a union's tag into the path; `named`: the last part is a key, whatever it looks like."""
    from paydouble.scenarios.document import MAPPING, PLAIN

    above, last = (path[:-1], path[-1:]) if named else (path, ())
    return (*(part for part in above if part not in (PLAIN, MAPPING)), *last)


def _place(path: Path) -> str:
    """The nearest key: what people call the place."""
    return next((part for part in reversed(path) if isinstance(part, str)), "")


def _keys_allowed(path: Path) -> list[str]:
    """The keys that the models know at this place."""
    from paydouble.scenarios.document import Document

    models: list[type[BaseModel]] = [Document]
    for part in path:
        if isinstance(part, str):
            below = [found for model in models for found in _models_under(model, part)]
            models = below or models
    return [field.alias or name for model in models for name, field in model.model_fields.items()]


def _models_under(model: type[BaseModel], key: str) -> list[type[BaseModel]]:
    for name, field in model.model_fields.items():
        if (field.alias or name) == key:
            return list(_models_in(field.annotation))
    return []


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    from pydantic import BaseModel

    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _without_shadowed(earlier: Iterable[Problem], found: Iterable[Problem]) -> list[Problem]:
    """What is wrong with a value whose expression failed is the expression."""
    taken = {(problem.line, problem.column) for problem in earlier}
    return [problem for problem in found if (problem.line, problem.column) not in taken]


def _ordered(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(dict.fromkeys(problems), key=lambda p: (p.line, p.column, p.code)))


def _shipped_file(name: str, shipped: FilePath) -> FilePath | None:
    if not _SHIPPED_NAME.fullmatch(name):
        return None
    candidates = (shipped / "common" / f"{name}.yaml", shipped / f"{name}.yaml")
    return next((file for file in candidates if file.is_file()), None)


def _no_file(file: str, reason: str, known: Sequence[str] = ()) -> Problem:
    return Problem(
        code="SC040",
        file=file,
        line=1,
        column=1,
        message=f"'{file}': {reason}",
        help=did_you_mean(file, known),
    )


def _as_number(value: Any) -> float | str:
    """What JSON has no form for: decimals, and whatever else came from Python, as text to complain about."""
    return float(value) if isinstance(value, Decimal) else str(value)

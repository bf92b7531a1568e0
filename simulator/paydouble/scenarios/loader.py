"""From a file, a text or plain data to a Scenario, or to all the problems of the file at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from paydouble.scenarios import vocabulary, yaml12
from paydouble.scenarios.capabilities import cannot_do
from paydouble.scenarios.checks import Checker
from paydouble.scenarios.composing import Composer, Loading, merged
from paydouble.scenarios.declarations import cannot_fire, reads_only
from paydouble.scenarios.expressions import Known, Substitution, exact
from paydouble.scenarios.library import (
    SUFFIXES,
    Library,
    no_file,
    read,
    shipped_file,
    shipped_names,
    shown_as,
)
from paydouble.scenarios.messages import (
    PROBLEMS_MAX,
    Problem,
    ScenarioProblems,
    Severity,
)
from paydouble.scenarios.positions import Node, Path, Source, key_node, value_node
from paydouble.scenarios.rule import Group, Mark, Rule, Scenario
from paydouble.scenarios.story import Placed
from paydouble.scenarios.story_checks import StoryChecker
from paydouble.scenarios.telling import Told

if TYPE_CHECKING:

    from paydouble.core.provider import Provider
    from paydouble.scenarios.document import Document, RuleSpec

RULES_MAX = 1_000
STATES_MAX = 200
NO_VARS: Mapping[str, Any] = {}
PLAIN_LOADING = Loading()


def load_file(
    path: FilePath,
    *,
    name: str = "",
    vars: Mapping[str, Any] = NO_VARS,
    providers: Sequence[Provider] = (),
    loading: Loading = PLAIN_LOADING,
) -> Scenario:
    """`name` is what problems call the file: its path, unless told. Raises ScenarioProblems."""
    told = _told(loading, vars, providers)
    library = replace(told.library, disk=True)
    return _load(read(path, name), replace(told, library=library, at=str(path)))


def load_shipped(
    name: str,
    shipped: FilePath,
    *,
    vars: Mapping[str, Any] = NO_VARS,
    providers: Sequence[Provider] = (),
    loading: Loading = PLAIN_LOADING,
) -> Scenario:
    """A shipped scenario by its name, `lost-response` or `stripe/…`. Never any other file."""
    found = shipped_file(name, shipped)
    if found is None:
        known = tuple(shipped_names(shipped))
        raise ScenarioProblems([no_file(name, "there is no shipped scenario of that name", known)])
    told = _told(loading, vars, providers)
    library = replace(told.library, shipped=shipped)
    return _load(read(found, shown_as(found, shipped)), replace(told, library=library))


def load_named(
    name: str,
    shipped: FilePath,
    *,
    vars: Mapping[str, Any] = NO_VARS,
    providers: Sequence[Provider] = (),
    loading: Loading = PLAIN_LOADING,
) -> Scenario:
    """A path ends in .yaml; else a shipped name. For who may read files, never for the control API."""
    if name.endswith(SUFFIXES):
        at_home = replace(loading, library=Library(shipped=shipped))
        return load_file(FilePath(name), vars=vars, providers=providers, loading=at_home)
    return load_shipped(name, shipped, vars=vars, providers=providers, loading=loading)


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
    loading: Loading = PLAIN_LOADING,
) -> Scenario:
    """`vars` override the file's. With `providers`, rules that can never fire there become warnings.

    Raises ScenarioProblems, with warnings among them, when there is at least one error.
    """
    return _load(Source(file, text), _told(loading, vars, providers))


def _told(loading: Loading, vars: Mapping[str, Any], providers: Sequence[Provider]) -> Loading:
    return replace(
        loading, vars={**loading.vars, **vars}, providers=tuple(providers) or loading.providers
    )


def _load(source: Source, loading: Loading) -> Scenario:
    root = yaml12.read(source)
    data = _document(source, root)
    problems = list(islice(yaml12.duplicates(source, root), PROBLEMS_MAX))
    composer = Composer(source, root, data, loading)
    composer.inherit(_load)
    composer.check_variables()
    data, found = _substituted(source, root, data, composer, loading)
    problems += composer.problems + found
    document, found = _validated(source, root, data)
    problems += _without_shadowed(problems, found)
    checker = Checker(source, root, data, lambda native: reads_only(native, loading.providers))
    problems += islice(checker.problems(), PROBLEMS_MAX)
    names = _rule_names(data, composer.parents)
    problems += islice(StoryChecker(source, root, data, names).problems(), PROBLEMS_MAX)
    if document is None or any(problem.severity is Severity.ERROR for problem in problems):
        raise ScenarioProblems(_ordered(problems))
    own = _compiled(source, root, document, [provider.name for provider in loading.providers])
    own = _with_hooks(replace(own, **_story(source, root, data)), source, root, document, loading)
    scenario = merged(own, composer.parents, document.remove, said=document.providers is not None)
    found = [*problems, *cannot_fire(scenario, loading.providers), *cannot_do(scenario, loading.providers)]
    texts = {source.file: source.text}
    for parent in composer.parents:
        texts |= parent.texts
    return replace(
        scenario, warnings=_ordered([*scenario.warnings, *found]), texts=texts, combination=loading.matrix,
        played_for=loading.provider,
    )


def _rule_names(data: Mapping[str, Any], parents: Iterable[Scenario]) -> set[str]:
    """Of the file's own rules, those of its states, and inherited ones."""
    inherited = {rule.name for parent in parents for rule in parent.rules if rule.name}
    states = data.get("states")
    holders = [data, *(states.values() if isinstance(states, dict) else ())]
    listed = [each.get("rules") for each in holders if isinstance(each, dict)]
    own = {str(rule.get("name")) for rules in listed if isinstance(rules, list) for rule in rules
           if isinstance(rule, dict) and "name" in rule}
    return own | inherited


def _story(source: Source, root: Node, data: Mapping[str, Any]) -> dict[str, Any]:
    def placed(key: str) -> tuple[Placed, ...]:
        return tuple(
            Placed(each, source.file, value_node(root, (key, index)).start_mark.line + 1)
            for index, each in enumerate(data.get(key) or ())
        )

    matrix = {name: tuple(values) for name, values in (data.get("matrix") or {}).items()}
    return {"given": data.get("given") or {}, "steps": placed("steps"), "expect": placed("expect"),
            "matrix": matrix}


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
    source: Source, root: Node, data: dict[str, Any], composer: Composer, loading: Loading
) -> tuple[dict[str, Any], list[Problem]]:
    vars = composer.variables()
    matrix = data.get("matrix")
    first = {name: values[0] for name, values in (matrix if isinstance(matrix, dict) else {}).items()
             if isinstance(values, list) and values}
    known = Known(
        vars=vars, env=loading.environment, matrix={**first, **loading.matrix},
        provider=loading.provider or None,
    )
    substitution = Substitution(source, root, known)
    kept = ("vars", "matrix", *vocabulary.NOT_AVAILABLE.get("", ()))
    replaced = {**data, **substitution.apply({key: data[key] for key in data if key not in kept})}
    if isinstance(data.get("vars", {}), dict) and ("vars" in data or vars):
        replaced["vars"] = vars
    return replaced, substitution.problems


def _validated(source: Source, root: Node, data: dict[str, Any]) -> tuple[Document | None, list[Problem]]:
    from pydantic import ValidationError

    from paydouble.scenarios.document import Document

    try:
        return Document.model_validate(data), []
    except ValidationError as invalid:
        told = Told(source, root)
        errors = invalid.errors(include_url=False)
        # What has an error below it is itself wrong only because of that.
        above = {error["loc"][:end] for error in errors for end in range(len(error["loc"]))}
        found = (told.problem(error) for error in errors if error["loc"] not in above)
        return None, list(islice(found, PROBLEMS_MAX))


def _compiled(source: Source, root: Node, document: Document, loaded: Iterable[str]) -> Scenario:
    """A file that names no provider is about all: those of the language, and those that are loaded."""
    from paydouble.scenarios.compiling import compile_rule, compile_settings
    from paydouble.scenarios.compiling_time import states_of

    providers = document.providers or tuple(dict.fromkeys((*vocabulary.PROVIDERS, *loaded)))
    rules: list[Rule] = []
    for state, path, spec in _rules_in_order(document):
        mark = Mark(source.problem_at("SC033", "", _trigger_node(root, path)))
        number = len(rules) + 1
        rules.append(compile_rule(spec, number=number, providers=providers, mark=mark, state=state))
    return Scenario(
        name=document.name,
        title=document.title,
        description=" ".join(document.description.split()),
        providers=providers,
        tags=document.tags,
        vars=document.vars,
        settings=compile_settings(document.settings),
        rules=tuple(rules),
        states=states_of(document),
        state_marks={
            name: Mark(source.problem_at("SC033", "", key_node(root, ("states", name))))
            for name in document.states
        },
        file=source.file,
    )


def _with_hooks(
    scenario: Scenario, source: Source, root: Node, document: Document, loading: Loading
) -> Scenario:
    """Functions in place of their names. Raises ScenarioProblems."""
    written = [
        (path, spec.then.python) for _, path, spec in _rules_in_order(document)
        if spec.then.python is not None
    ]
    if not written:
        return scenario
    from paydouble.scenarios.hooks import hooked

    hooks = hooked(source, root, iter(written), allowed=loading.python and loading.library.disk)
    rules = tuple(
        replace(rule, effects={**rule.effects, Group.PYTHON: hooks[rule.effects[Group.PYTHON]]})
        if Group.PYTHON in rule.effects else rule
        for rule in scenario.rules
    )
    return replace(scenario, rules=rules)


def _rules_in_order(document: Document) -> Iterator[tuple[str | None, Path, RuleSpec]]:
    """Those of the states first, each with its state: they come before what holds in all."""
    for name, state in document.states.items():
        for index, spec in enumerate(state.rules):
            yield name, ("states", name, "rules", index), spec
    for index, spec in enumerate(document.rules):
        yield None, ("rules", index), spec


def _trigger_node(root: Node, rule: Path) -> Node:
    path: Path = (*rule, "when")
    for trigger in ("operation", "native", "notification", "connection"):
        node = value_node(root, (*path, trigger))
        if node is not value_node(root, path):
            return node
    return key_node(root, path)


def _without_shadowed(earlier: Iterable[Problem], found: Iterable[Problem]) -> list[Problem]:
    """What is wrong with a value whose expression failed is the expression."""
    taken = {(problem.line, problem.column) for problem in earlier}
    return [problem for problem in found if (problem.line, problem.column) not in taken]


def _ordered(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(dict.fromkeys(problems), key=lambda p: (p.line, p.column, p.code)))


def _as_number(value: Any) -> float | str:
    """What JSON has no form for: decimals, and whatever else came from Python, as text to complain about."""
    return float(value) if isinstance(value, Decimal) else str(value)

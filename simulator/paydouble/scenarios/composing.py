"""`extends`, `remove` and the merging of variables: one scenario out of several files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from paydouble.scenarios.expressions import Known, Substitution, exact, is_deferred
from paydouble.scenarios.library import NO_LIBRARY, Library
from paydouble.scenarios.messages import Problem, ScenarioProblems, Severity, did_you_mean, shown
from paydouble.scenarios.positions import Node, Path, Source, key_node, value_node
from paydouble.scenarios.rule import Rule, Scenario, ScenarioSettings
from paydouble.scenarios.yaml12 import scalar

if TYPE_CHECKING:
    from paydouble.core.provider import Provider

LEVELS_MAX = 8
VARIABLE_PREFIX = "PAYDOUBLE_VAR_"
NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """How a file is loaded, and what it inherits from; the same for all its parents."""

    vars: Mapping[str, Any] = field(default_factory=dict)
    """Win over what files declare."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Environment variables that files may see."""
    matrix: Mapping[str, Any] = field(default_factory=dict)
    """The combination that is played; the first one, unless told."""
    provider: str = ""
    """Whom `${{ provider }}` means; empty: nobody yet."""
    providers: Sequence[Provider] = ()
    library: Library = NO_LIBRARY
    at: str = ""
    """Where the file is, when that is not what problems call it."""
    trail: tuple[str, ...] = ()
    """The files that led here by their `extends`."""
    python: bool = False
    """Hooks beside files on disk may be run."""


Load = Callable[[Source, Loading], Scenario]


@dataclass(slots=True)
class Composer:
    """The composition of one file; problems collect."""

    source: Source
    root: Node
    data: Mapping[str, Any]
    loading: Loading
    problems: list[Problem] = field(default_factory=list)
    parents: list[Scenario] = field(default_factory=list)

    def inherit(self, load: Load) -> None:
        """Loads what the file extends."""
        uses = self.data.get("extends")
        for index, use in enumerate(uses if isinstance(uses, list) else [] if uses is None else [uses]):
            name = use.get("use") if isinstance(use, dict) else use
            if isinstance(name, str):
                given = use.get("with") if isinstance(use, dict) else None
                self._parent(load, name, given if isinstance(given, dict) else {}, ("extends", index))
        self._check_names()

    def _parent(self, load: Load, name: str, given: Mapping[str, Any], path: Path) -> None:
        here = (*path, "use") if isinstance(self.data["extends"], dict) or given else path
        at = self.loading.at or self.source.file
        trail = (*self.loading.trail, at)
        try:
            found = self.loading.library.find(name, at)
        except ScenarioProblems as missing:
            for problem in missing.problems:
                self._tell(here, problem.message, problem.help)
            return
        if found.file in trail:
            self._tell(here, f"'{name}' leads back to a file that it is extended by")
        elif len(trail) > LEVELS_MAX:
            self._tell(here, f"more than {LEVELS_MAX} levels of 'extends'")
        else:
            self._load(load, found, given, path, trail)

    def _load(
        self, load: Load, found: Source, given: Mapping[str, Any], path: Path, trail: tuple[str, ...]
    ) -> None:
        given = self._evaluated(given, path)
        vars = {**self._from_environment({**self._declared(), **given}), **self.loading.vars}
        try:
            parent = load(found, replace(self.loading, vars=vars, trail=trail, at=found.file))
        except ScenarioProblems as wrong:
            self.problems += wrong.problems
            return
        self.parents.append(parent)
        for name in given:
            if name not in parent.vars:
                here = (*path, "with", name)
                message = f"the extended file has no variable '{name}'"
                self.problems.append(self.source.problem_at(
                    "SC040", message, key_node(self.root, here), help=did_you_mean(name, parent.vars)
                ))

    def _evaluated(self, given: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
        known = Known(vars=self.variables(), env=self.loading.environment, matrix=self.loading.matrix,
                      provider=self.loading.provider or None)
        substitution = Substitution(self.source, self.root, known)
        made: Mapping[str, Any] = substitution.apply(dict(given), (*path, "with"))
        self.problems += substitution.problems
        return made

    def _declared(self) -> dict[str, Any]:
        declared = self.data.get("vars")
        return dict(declared) if isinstance(declared, dict) else {}

    def variables(self) -> dict[str, Any]:
        """Of the first parent that has them, the file's, the environment's, the caller's: the last wins."""
        known: dict[str, Any] = {}
        for parent in reversed(self.parents):
            known |= parent.vars
        known |= self._declared()
        known = self._from_environment(known)
        known |= {name: value for name, value in exact(self.loading.vars).items() if name in known}
        return known

    def _from_environment(self, known: Mapping[str, Any]) -> dict[str, Any]:
        """As PAYDOUBLE_VAR_name says, for those that it names."""
        found = dict(known)
        for name in known:
            for variable in (VARIABLE_PREFIX + name, VARIABLE_PREFIX + name.upper()):
                if variable in self.loading.environment:
                    found[name] = scalar(self.loading.environment[variable])
        return found

    def check_variables(self) -> None:
        known = self.variables()
        for name in self.loading.vars if not self.loading.trail else ():
            if name not in known:
                node = key_node(self.root, ("vars",)) if "vars" in self.data else self.root
                self.problems.append(self.source.problem_at(
                    "SC035", f"there is no variable '{name}' in 'vars'", node, help=did_you_mean(name, known)
                ))
        for name in self._declared():
            if is_deferred(known[name]):
                node = value_node(self.root, ("vars", name))
                message = f"the variable '{name}' cannot hold an expression"
                self.problems.append(self.source.problem_at("SC020", message, node))

    def _check_names(self) -> None:
        removed = self.data.get("remove")
        inherited = {rule.name for parent in self.parents for rule in parent.rules if rule.name}
        for index, name in enumerate(removed if isinstance(removed, list) else []):
            if isinstance(name, str) and name not in inherited and self._all_loaded():
                self._tell(("remove", index), f"no inherited rule is named {shown(name)}",
                           did_you_mean(name, inherited))
        owners: dict[str, Rule] = {}
        for parent in self.parents:
            for rule in parent.rules:
                first = owners.setdefault(rule.name or str(id(rule)), rule)
                if first is not rule and not _same_place(first, rule) and rule.name not in self._own_names():
                    self._tell(("extends",), f"two of the extended files have a rule {shown(rule.name)}",
                               "override it here, or remove it")

    def _own_names(self) -> set[str]:
        rules, removed = self.data.get("rules"), self.data.get("remove")
        named = {str(rule.get("name")) for rule in rules if isinstance(rule, dict)} if isinstance(
            rules, list) else set()
        return named | set(map(str, removed if isinstance(removed, list) else []))

    def _all_loaded(self) -> bool:
        return not any(problem.severity is Severity.ERROR for problem in self.problems)

    def _tell(self, path: Path, message: str, help: str = "") -> None:
        node = value_node(self.root, path) if isinstance(path[-1], int) else key_node(self.root, path)
        if path[-1] == "use":
            node = value_node(self.root, path)
        self.problems.append(self.source.problem_at("SC040", message, node, help=help))


def merged(own: Scenario, parents: Sequence[Scenario], removed: Iterable[str], said: bool) -> Scenario:
    """The file over what it extends. `said`: it names its providers itself."""
    if not parents:
        return own
    providers = own.providers
    if not said:
        shared = [name for name in providers if all(name in parent.providers for parent in parents)]
        providers = tuple(shared) or providers
    return replace(
        own,
        providers=providers,
        tags=tuple(dict.fromkeys((*own.tags, *(tag for parent in parents for tag in parent.tags)))),
        settings=_settings([own, *parents]),
        rules=_rules(own, parents, set(removed)),
        expect=(*(each for parent in parents for each in parent.expect), *own.expect),
        warnings=(*own.warnings, *(each for parent in parents for each in parent.warnings)),
        **_machine_of([own, *parents]),
        **{name: getattr(own, name) or next((found for parent in parents if (found := getattr(parent, name))),
                                            getattr(own, name)) for name in ("given", "steps", "matrix")},
    )


def _settings(scenarios: Sequence[Scenario]) -> ScenarioSettings:
    """Key by key, the first that says it."""
    chosen: dict[str, Any] = {}
    for each in fields(ScenarioSettings):
        values = [getattr(scenario.settings, each.name) for scenario in scenarios]
        if each.name == "webhooks":
            chosen[each.name] = {name: url for value in reversed(values) for name, url in value.items()}
        else:
            empty: tuple[Any, ...] = (None, "", (), {})
            chosen[each.name] = next((value for value in values if value not in empty), values[0])
    return ScenarioSettings(**chosen)


def _machine_of(scenarios: Sequence[Scenario]) -> dict[str, Any]:
    """States and what belongs to them, of the first file that has any: machines do not mix."""
    with_states = (each for each in scenarios if each.states is not None and each.states.table)
    remembering = (each for each in scenarios if each.states is not None)
    source = next(with_states, None) or next(remembering, scenarios[0])
    return {"states": source.states, "state_marks": source.state_marks}


def _rules(own: Scenario, parents: Sequence[Scenario], removed: set[str]) -> tuple[Rule, ...]:
    """The file's own first, then each parent's; one with an inherited name stands in that one's place."""
    mine = {rule.name: rule for rule in own.rules if rule.name}
    inherited: list[Rule] = []
    taken: set[str] = set()
    seen: set[str] = set()
    base = max((rule.number for rule in own.rules), default=0)
    for parent in parents:
        for rule in parent.rules:
            if rule.name in removed or (rule.name and rule.name in seen):
                continue
            seen.add(rule.name)
            if rule.name in mine:
                taken.add(rule.name)
                inherited.append(mine[rule.name])
            else:
                inherited.append(replace(rule, number=base + rule.number))
        base += max((rule.number for rule in parent.rules), default=0)
    return (*(rule for rule in own.rules if not rule.name or rule.name not in taken), *inherited)


def _same_place(one: Rule, other: Rule) -> bool:
    return (one.mark.at.file, one.mark.at.line) == (other.mark.at.file, other.mark.at.line)

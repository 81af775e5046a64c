"""A copy of a run as it stands, from which it may go on in another way. What never changes is shared by all copies."""

import itertools
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from types import MethodType
from typing import Any

from orphancleanup.execute.contents import Contents
from orphancleanup.execute.engine import Engine
from orphancleanup.execute.loop import Loop, LoopControl
from orphancleanup.execute.parts import Parts
from orphancleanup.execute.poller import KindReadings, Poller
from orphancleanup.execute.schedule import Schedule

_KINDS = (Loop, LoopControl, Engine, Schedule, Parts, Contents, Poller, KindReadings)


class Copier:
    """Makes copies of something; what is in it more than once is one thing in the copy, too.

    :param kinds: the classes whose instances change, besides those of the engine.
    """

    def __init__(self, *kinds: type) -> None:
        self._ways: dict[type, Callable[[Any], Any]] = {
            **{
                kind: self._slotted if hasattr(kind, '__slots__') else self._instance
                for kind in (*_KINDS, *kinds)
            },
            **dict.fromkeys((dict, defaultdict), self._mapping),
            **dict.fromkeys((set, Counter), self._flat),
            **dict.fromkeys((list, deque), self._sequence),
            itertools.count: lambda one: itertools.count(*one.__reduce__()[1]),
            MethodType: lambda one: MethodType(one.__func__, self._one(one.__self__)),
        }
        #: original by its id, to its copy
        self._copies: dict[int, Any] = {}

    def copy(self, thing: Any) -> Any:
        """Return a copy."""
        self._copies.clear()
        return self._one(thing)

    def _one(self, one: Any) -> Any:
        found = self._copies.get(id(one))
        if found is None:
            way = self._ways.get(type(one))
            found = one if way is None else way(one)
        return found

    def _instance(self, one: Any) -> Any:
        made = self._copies[id(one)] = object.__new__(type(one))
        ways, fields = self._ways, vars(made)
        for name, value in vars(one).items():
            fields[name] = self._one(value) if type(value) in ways else value
        return made

    def _slotted(self, one: Any) -> Any:
        made = self._copies[id(one)] = object.__new__(type(one))
        for name in one.__slots__:
            object.__setattr__(made, name, self._one(getattr(one, name)))
        return made

    def _mapping(self, one: Any) -> Any:
        made = self._copies[id(one)] = one.copy()
        for name, value in one.items():
            if type(value) in self._ways:
                made[name] = self._one(value)
        return made

    def _sequence(self, one: Any) -> Any:
        made = self._copies[id(one)] = one.copy()
        for number, value in enumerate(one):
            if type(value) in self._ways:
                made[number] = self._one(value)
        return made

    def _flat(self, one: Any) -> Any:
        made = self._copies[id(one)] = one.copy()
        return made

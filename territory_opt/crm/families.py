"""Which accounts are one family, from who is whose parent."""

from __future__ import annotations

from collections.abc import Mapping


def families(parent: Mapping[str, str]) -> list[str]:
    """The top account above each one, "" for an account that is nobody's parent and has none.

    parent: the parent of each account by its id, "" for none; a parent that is not there counts as none.
    In a circle of parents each account is named after its parent, so that the tables' own check finds it.
    """
    known = {name: above for name, above in parent.items() if above in parent and above != name}
    heads = set(known.values())
    top: dict[str, str] = {}
    for name in known:
        path = []
        while name in known and name not in top and name not in path:
            path.append(name)
            name = known[name]
        is_circle = name in path
        for below in path:
            top[below] = known[below] if is_circle else top.get(name, name)
    return [top.get(name, name if name in heads else "") for name in parent]

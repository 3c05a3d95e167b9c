"""Our plan beside those of other methods: the same market, the same wall time, one judge.

Each peer is a module with one function, `align(market, effort)`, in the best form that a practitioner would
reasonably give it; `race` runs it in a process of its own, and our audit values every plan.
"""

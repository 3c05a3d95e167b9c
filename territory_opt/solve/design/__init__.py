"""Territories from nothing: which units are centres, and who belongs to which.

pipeline    start, bound, search, proof; progress says how far it is, verdict what it can end with
sites       the question as arrays; territories: a plan in the making
starts      seeding and annealing (compiled in kernels and connected)
prices      the Lagrangian bound (compiled in knapsacks and paths)
search      neighbourhoods, each solved by hess
exact       the proof: linear has the model and separators its cuts; listing, all territories there can be
cut_edges   the other objective, few edges between districts: labels has its model, edge_kernels its annealing
"""

"""Settings for all tests."""

from hypothesis import settings

# A first call compiles kernels or loads libraries: how long one example takes says nothing.
settings.register_profile("territory_opt", deadline=None, print_blob=True)
settings.load_profile("territory_opt")

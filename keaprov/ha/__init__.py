"""What the pair's state means and what to do next: pure decisions, from observed to step.

Nothing here may touch a host, a file or a clock. `observed` reads a host's report; `serving` has
the one definition of serving; `preflight`, `gate` and `situation` judge; `plan`, `turns` and `live`
say what to do. The modules are for the packages above; no name here is promised to users.
"""

"""pyinfra operations: one module per tool; each brings one thing to the state the site wants.

They may touch hosts through `keaprov.facts`, and decide nothing about a pair: `site` hands that to
the conductor. Users call the phases of `keaprov.deploys`; the operations serve them.
"""

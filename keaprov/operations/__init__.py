"""pyinfra operations: one module per tool; each brings one thing to the state the site wants."""

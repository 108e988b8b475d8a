"""pyinfra facts: what can be asked of a host."""

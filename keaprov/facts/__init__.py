"""pyinfra's side of a host: its connection as a channel, observations as facts, a site's run.

This package and the two above it (`operations`, `deploys`) may import pyinfra and gevent. They
touch hosts only through pyinfra's connection. No name here is promised to users.
"""

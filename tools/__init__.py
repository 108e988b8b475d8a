"""What the project checks and generates itself with. Nothing here is installed with keaprov.

`prose` is the lint of the English. `messages` generates docs/messages.md.
"""

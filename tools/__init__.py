"""What the project checks and generates itself with. Nothing here is installed with keaprov.

`prose` is the lint of the English. `pages` writes the pages that are generated, one of them by
`messages`.
"""

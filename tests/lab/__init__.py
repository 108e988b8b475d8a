"""The lab: two bare, Rocky-like hosts and the network around them, in namespaces of its own.

See docs/lab.md for what is real and what is a stand-in. Standard library only, so that
``python3 -m tests.lab up`` needs no environment.
"""

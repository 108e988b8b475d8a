"""The signal dispositions of a test run, whatever started it.

A job that a shell starts in the background inherits SIGINT as ignored, and ``nohup`` ignores
SIGHUP. A program that the tests start would inherit that, and would not notice Ctrl-C.
"""

from __future__ import annotations

import signal

OF_A_TERMINAL = (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)


def handle_ignored() -> None:
    """Replace each ignored signal of a terminal by a handler that does nothing.

    This run goes on ignoring it, but a program that it starts has the default disposition: a
    handler does not survive exec, an ignored signal does (signal(7)).
    """
    for number in OF_A_TERMINAL:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)

"""A main thread that sleeps through no signal.

Python runs handlers in the main thread only, but the system may deliver a signal to any thread. When it lands
in another one while the main thread waits for a lock, as in granian's WSGI worker, it is noted and wakes
nobody: the handler runs when the next signal comes, which may be never. (Seen in one start of six on a busy
machine.) Python also writes each signal's number to a file descriptor, whichever thread it landed in: a
thread that reads it wakes the main thread once more.
"""

import signal
import socket
import threading

READ_BYTES = 16


def keep_main_thread_wakeful() -> None:
    """Call in the main thread, with a handler for SIGURG set. Leaves a server's own descriptor alone."""
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    if before >= 0:
        signal.set_wakeup_fd(before)
        reader.close()
        writer.close()
        return
    threading.Thread(target=_wake, args=(reader, writer), daemon=True, name="shipway-wakeful").start()


def _wake(reader: socket.socket, writer: socket.socket) -> None:
    """`writer` is kept from being closed. Its own SIGURG is no reason for another."""
    while signals := reader.recv(READ_BYTES):
        main = threading.main_thread()
        if main.ident is not None and main.is_alive() and set(signals) != {signal.SIGURG}:
            signal.pthread_kill(main.ident, signal.SIGURG)

"""A signal that wakes nobody by itself: it arrives in another thread while the main thread waits for a lock."""

import subprocess
import sys

DEADLINE_SECONDS = 30.0
PROGRAM = """
import signal, sys, threading, time
from shipway.health.wakeful import keep_main_thread_wakeful

told = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: told.set())
signal.signal(signal.SIGURG, lambda *_: None)
if sys.argv[1] == "wakeful":
    keep_main_thread_wakeful()

def disturb():
    time.sleep(0.3)
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

threading.Thread(target=disturb, daemon=True).start()
told.wait()
print("told")
"""


def started(kind: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", PROGRAM, kind], stdout=subprocess.PIPE, text=True)


def test_a_main_thread_that_waits_for_a_lock_hears_it() -> None:
    with started("wakeful") as process:
        assert process.communicate(timeout=DEADLINE_SECONDS)[0] == "told\n"
        assert process.returncode == 0


def test_control_without_help_it_sleeps_on() -> None:
    with started("plain") as process:
        try:
            process.wait(3.0)
            raise AssertionError("the signal was heard: nothing is proven above")
        except subprocess.TimeoutExpired:
            process.kill()

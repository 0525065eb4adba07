"""A shell's part: runs a command as a job on a terminal, stops it by the terminal's key, lets it go on, and ends its input.

The command writes its number into the file `number`."""
import os
import pty
import signal
import sys
import time


def state(process):
    with open(f"/proc/{process}/stat") as file:
        return file.read().rsplit(")", 1)[1].split()[0]


def wait_until(is_done):
    end = time.monotonic() + 120
    while not is_done():
        if time.monotonic() > end:
            sys.exit("nothing happened")
        os.sched_yield()


def number():
    try:
        with open("number") as file:
            return int(file.read() or 0)
    except FileNotFoundError:
        return 0


shell, terminal = pty.fork()
if shell == 0:
    # Its job is the terminal's; who was orphaned could not be stopped.
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    job = os.fork()
    if job == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execv(sys.argv[1], sys.argv[1:])
    _, status = os.waitpid(job, os.WUNTRACED)
    if not os.WIFSTOPPED(status):
        os._exit(90)
    wait_until(lambda: state(number()) in "Tt")
    os.write(2, b"<stopped>")
    os.killpg(job, signal.SIGCONT)
    _, status = os.waitpid(job, os.WUNTRACED)
    os._exit(91 if os.WIFSTOPPED(status) else os.waitstatus_to_exitcode(status) & 0x7f)

seen = b""


def read():
    global seen
    try:
        seen += os.read(terminal, 1024)
    except OSError:
        return False
    return True


wait_until(lambda: number() > 0)
wait_until(lambda: state(number()) == "S")
os.write(terminal, b"\x1a")
while b"<stopped>" not in seen and read():
    pass
wait_until(lambda: state(number()) not in "Tt")
os.write(terminal, b"\n")
while read():
    pass
_, status = os.waitpid(shell, 0)
sys.stderr.write(seen.decode(errors="replace"))
print(f"stopped, continued, ended {os.waitstatus_to_exitcode(status)}" if b"<stopped>" in seen else "not stopped")

"""A shell's part: runs a command that takes the whole terminal, stops it by the terminal's key, lets it go on, and types q.

usage: suspended.py COMMAND [ARGUMENT ...]"""

import os
import pty
import signal
import sys
import termios

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
    modes = termios.tcgetattr(0)[3]
    os.write(2, b"<cooked>" if modes & termios.ICANON and modes & termios.ECHO else b"<changed>")
    os.killpg(job, signal.SIGCONT)
    _, status = os.waitpid(job, os.WUNTRACED)
    os._exit(91 if os.WIFSTOPPED(status) else os.waitstatus_to_exitcode(status) & 0x7f)

OPENS, CLOSES, DRAWN = b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[J"
unread = b""


def read_until(mark):
    """The terminal's output up to a mark, or to its end."""
    global unread
    while mark not in unread:
        try:
            unread += os.read(terminal, 65536)
        except OSError:
            break
    before, found, unread = unread.partition(mark)
    return before + found


read_until(OPENS), read_until(DRAWN)
os.write(terminal, b"\x1a")
stopped = read_until(b"ed>")
opens = read_until(OPENS).endswith(OPENS)
read_until(DRAWN)
os.write(terminal, b"q")
closes = read_until(b"\0").endswith(CLOSES)
_, status = os.waitpid(shell, 0)
cooked = stopped.endswith(CLOSES + b"<cooked>")
print(f"cooked {cooked}, open {opens}, closed {closes}, status {os.waitstatus_to_exitcode(status)}")

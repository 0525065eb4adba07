"""A shell's part: runs a command that takes the whole terminal, stops it by the terminal's key, lets it go on, and types q.

usage: suspended.py COMMAND [ARGUMENT ...]"""

import os
import termios

import jobs


def while_stopped():
    modes = termios.tcgetattr(0)[3]
    os.write(2, b"<cooked>" if modes & termios.ICANON and modes & termios.ECHO else b"<changed>")


shell, terminal = jobs.start(while_stopped)
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

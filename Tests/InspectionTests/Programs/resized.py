"""Runs a command on a terminal of 20 columns, makes that 200 wide when the first line is there, and types q when words have
come that did not fit before.

usage: resized.py WORDS COMMAND [ARGUMENT ...]
"""

import fcntl
import os
import pty
import struct
import sys
import termios

words, command = sys.argv[1].encode(), sys.argv[2:]


def size(terminal, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))


process, terminal = pty.fork()
if process == 0:
    size(1, 20)
    os.execvp(command[0], command)

seen = b""
narrow = None
while True:
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        break
    seen += piece
    if narrow is None and b"NAME" not in seen and b"\x1b[J" in seen:
        narrow = words in seen
        size(terminal, 200)
    elif narrow is not None and words in seen:
        os.write(terminal, b"q")
        words = b"\0"
_, status = os.waitpid(process, 0)
print(f"narrow {narrow}, wide {words == bytes(1)}, status {os.waitstatus_to_exitcode(status)}")

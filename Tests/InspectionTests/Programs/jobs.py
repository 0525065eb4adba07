"""A shell on a terminal of its own, with one job: the command of the command line."""
import os
import pty
import signal
import sys


def start(while_stopped):
    """Runs the job; when it has been stopped, calls a function, and lets it go on. The shell ends as the job did, with 90 if
    that was never stopped, and 91 if it was once more.

    Returns the shell's number and the terminal."""
    shell, terminal = pty.fork()
    if shell != 0:
        return shell, terminal
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
    while_stopped()
    os.killpg(job, signal.SIGCONT)
    _, status = os.waitpid(job, os.WUNTRACED)
    os._exit(91 if os.WIFSTOPPED(status) else os.waitstatus_to_exitcode(status) & 0x7f)

"""Those who read a program from outside: `start` begins a read, `is_done` tells whether it is over, without waiting."""
import fcntl, os, signal, socket, subprocess, sys

from victims import TOOL


class Command:
    """A command that is started for each read."""

    def __init__(self, name, process):
        self.words = [TOOL, name, str(process)]

    def start(self):
        self.tool = subprocess.Popen(self.words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def is_done(self):
        if self.tool.poll() not in (None, 0):
            sys.exit(f"{' '.join(self.words)} failed")
        return self.tool.returncode == 0

    def end(self):
        pass


class Top:
    """`quarry top`, which is stopped between two looks."""

    def __init__(self, process):
        self.tool = subprocess.Popen([TOOL, "top", "-d", "0.05", str(process)], stdout=subprocess.PIPE)
        self.output = self.tool.stdout.fileno()
        os.read(self.output, 1 << 16)
        self.tool.send_signal(signal.SIGSTOP)
        fcntl.fcntl(self.output, fcntl.F_SETFL, os.O_NONBLOCK)

    def start(self):
        self.text = self.received()
        self.tool.send_signal(signal.SIGCONT)

    def is_done(self):
        # Each look ends with an empty line.
        self.text = self.text[-1:] + self.received()
        if b"\n\n" not in self.text:
            return False
        self.tool.send_signal(signal.SIGSTOP)
        return True

    def received(self):
        try:
            return os.read(self.output, 1 << 16)
        except BlockingIOError:
            return b""

    def end(self):
        self.tool.kill()


class Exporter:
    """`quarry metrics --listen`, which is asked as Prometheus asks."""

    def __init__(self, process):
        self.tool = subprocess.Popen([TOOL, "metrics", "--listen", "0", str(process)], stdout=subprocess.PIPE, text=True)
        self.port = int(self.tool.stdout.readline().split("127.0.0.1:")[1].split("/")[0])

    def start(self):
        self.connection = socket.create_connection(("127.0.0.1", self.port))
        self.connection.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
        self.connection.setblocking(False)
        self.size = 0

    def is_done(self):
        try:
            while part := self.connection.recv(1 << 16):
                self.size += len(part)
        except BlockingIOError:
            return False
        if self.size < 1000:
            sys.exit("the exporter had nothing to tell")
        self.connection.close()
        return True

    def end(self):
        self.tool.kill()


def reader(name, process):
    return {"top": Top, "exporter": Exporter}.get(name, lambda process: Command(name, process))(process)

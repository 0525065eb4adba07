"""Programs at work that are read from outside, and what they have done so far."""
import mmap, os, re, socket, struct, subprocess, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
BUILT = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(HERE))), ".build/release")
TOOL = os.path.join(BUILT, "quarry-tool")
ENVIRONMENT = dict(os.environ, LD_PRELOAD=os.path.join(BUILT, "libquarry.so"))


class Churn:
    """Threads that allocate and free, and count."""

    def __init__(self, folder, threads=1, mebibytes=128):
        program, self.file = os.path.join(folder, "counted"), os.path.join(folder, "counts")
        source = os.path.join(HERE, "counted.cc")
        subprocess.run(["c++", "-O2", "-fno-builtin", "-pthread", "-o", program, source], check=True)
        self.process = subprocess.Popen(
            [program, self.file, str(threads), str(mebibytes)],
            env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.process.stdout.readline() != b"ready\n":
            sys.exit("reading_cost: the program did not start")
        with open(self.file, "rb") as file:
            self.counts = mmap.mmap(file.fileno(), 4096, prot=mmap.PROT_READ)

    def operations(self):
        return sum(struct.unpack("<512Q", self.counts[:]))

    def end(self):
        self.process.kill()


class Redis:
    """redis-server under redis-benchmark; what it executed is what it says of its commands."""

    def __init__(self, folder):
        path = os.path.join(folder, "socket")
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", path, "--save", "", "--dir", folder],
            env=ENVIRONMENT, stdout=subprocess.DEVNULL)
        self.connection = socket.socket(socket.AF_UNIX)
        for _ in range(1000):
            try:
                self.connection.connect(path)
                break
            except OSError:
                time.sleep(0.01)
        self.load = subprocess.Popen(
            ["redis-benchmark", "-s", path, "-q", "-l", "-t", "set,lpush,lpop", "-d", "200", "-r", "200000", "-P", "16"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(3)

    def operations(self):
        self.connection.sendall(b"INFO commandstats\r\n")
        answer = b""
        while not answer.endswith(b"\r\n") or len(answer) < int(answer[1 : answer.index(b"\r")]):
            answer += self.connection.recv(65536)
        return sum(int(calls) for calls in re.findall(rb":calls=(\d+)", answer))

    def end(self):
        self.load.kill()
        self.process.kill()


def processor_time(process):
    """Seconds that all threads ran. (They do not end.)"""
    folder = f"/proc/{process}/task"
    return sum(int(open(f"{folder}/{thread}/schedstat").read().split()[0]) for thread in os.listdir(folder)) / 1e9


VICTIMS = {"churn": Churn, "redis": Redis}

#!/usr/bin/env python3
"""How much slower a program is that is read once a second.

Seconds in which it is read once and seconds in which it is left alone follow each other in random order, two of each at
a time. Printed are, of the pairs, the mean change of what the program does in a second, and of the processor time that it
needs for each operation, with 95 % confidence. Reads are those of `quarry top -d 1`, of `quarry metrics --listen`, which is
asked once a second, or of any other command, which is started once a second.

usage: reading_pairs.py [--readers top,exporter,fragmentation] [--victims churn,redis] [--seconds S]
"""
import argparse, os, random, signal, statistics, subprocess, sys, tempfile, time, urllib.request

from victims import TOOL, VICTIMS, processor_time


class Top:
    """Looks at each second by its own clock; it is stopped while the program is to be left alone."""

    def __init__(self, process):
        self.tool = subprocess.Popen([TOOL, "top", "-d", "1", str(process)], stdout=subprocess.DEVNULL)
        self.pause()

    def pause(self):
        self.tool.send_signal(signal.SIGSTOP)

    def read(self):
        self.tool.send_signal(signal.SIGCONT)

    def end(self):
        self.tool.kill()


class Exporter:
    """Serves metrics, which are fetched once."""

    def __init__(self, process):
        self.tool = subprocess.Popen(
            [TOOL, "metrics", "--listen", "0", str(process)], stdout=subprocess.PIPE, text=True)
        self.address = self.tool.stdout.readline().split()[-1]

    def pause(self):
        pass

    def read(self):
        with urllib.request.urlopen(self.address) as answer:
            if b"quarry_resident_bytes" not in answer.read():
                sys.exit("reading_pairs: the exporter has nothing to tell")

    def end(self):
        self.tool.kill()


class Command:
    """A command that is started for each read."""

    def __init__(self, name, process):
        self.command = [TOOL, name, str(process)]

    def pause(self):
        pass

    def read(self):
        subprocess.run(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)

    def end(self):
        pass


def reader(name, process):
    return {"top": Top, "exporter": Exporter}.get(name, lambda process: Command(name, process))(process)


def second(victim, reader, is_read):
    """What the program does in a second of wall clock time: operations a second, processor seconds an operation."""
    start, before, processor = time.monotonic(), victim.operations(), processor_time(victim.process.pid)
    if is_read:
        reader.read()
    time.sleep(max(0, start + 1 - time.monotonic()))
    operations = victim.operations() - before
    result = operations / (time.monotonic() - start), (processor_time(victim.process.pid) - processor) / operations
    if is_read:
        reader.pause()
    return result


def change(pairs):
    """Mean and 95 % confidence of the second figure of each pair as a part of the first, less 1, in percent."""
    changes = [(read / alone - 1) * 100 for alone, read in pairs]
    return f"{statistics.mean(changes):+6.2f} ± {1.96 * statistics.stdev(changes) / len(changes) ** 0.5:.2f} %"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", default="top,exporter,fragmentation", help="by commas")
    parser.add_argument("--victims", default="churn,redis", help="by commas")
    parser.add_argument("--seconds", type=int, default=60, help="for each reader and victim (default 60)")
    options = parser.parse_args()
    unknown = set(options.victims.split(",")) - set(VICTIMS)
    if options.seconds < 8 or unknown:
        parser.error(f"no victims: {', '.join(unknown)}" if unknown else "--seconds: at least 8")
    for name in options.victims.split(","):
        with tempfile.TemporaryDirectory() as folder:
            victim = VICTIMS[name](folder)
            try:
                for reads in options.readers.split(","):
                    look = reader(reads, victim.process.pid)
                    rates, costs = [], []
                    for _ in range(options.seconds // 4):
                        order = random.choice([[False, True, True, False], [True, False, False, True]])
                        seconds = [(is_read, second(victim, look, is_read)) for is_read in order]
                        for column, pairs in enumerate([rates, costs]):
                            pairs.append(
                                [sum(s[column] for is_read, s in seconds if is_read == wanted) for wanted in (False, True)])
                    look.end()
                    print(
                        f"{name:6} read by {reads:14} throughput {change(rates)}, processor time an operation "
                        f"{change(costs)} ({len(rates)} pairs of two seconds)", flush=True)
            finally:
                victim.end()


if __name__ == "__main__":
    main()

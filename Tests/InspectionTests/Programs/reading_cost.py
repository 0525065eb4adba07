#!/usr/bin/env python3
"""How much work a program loses to being read from outside.

The program's operations are counted every few milliseconds. What it did from the begin of a read to shortly after its end
is held against what it does at the same time right before and right after: so what a shared machine adds is the same in
both. In between come as many moments at which nothing is read, which must show nothing. Printed are the milliseconds of
work that one read costs, with their standard error; at one read a second, 10 ms are 1 %. Reads are those of `quarry top`, of
`quarry metrics --listen` (exporter), or of any other command, which is started for each.

usage: reading_cost.py [--reads top,exporter,fragmentation] [--victim churn|redis] [--seconds S]
"""
import argparse, bisect, random, statistics, tempfile, time

from readers import reader
from victims import VICTIMS, processor_time

# Seconds between two looks at the program; on either side of a read by which it is judged; after a read, while caches fill
# again.
STEP, SIDE, REST = 0.004, 0.15, 0.02


class Timeline:
    """What a program had done, and when."""

    def __init__(self, victim):
        self.victim, self.times, self.processor, self.counts = victim, [], [], []

    def watch(self, until):
        """Looks until a condition is true."""
        while True:
            self.times.append(time.monotonic())
            self.processor.append(processor_time(self.victim.process.pid))
            self.counts.append(self.victim.operations())
            if until():
                return
            time.sleep(STEP)

    def at(self, column, moment):
        """A column's value at a moment, between two looks in proportion."""
        after = min(max(bisect.bisect_left(self.times, moment), 1), len(self.times) - 1)
        (t0, t1), (c0, c1) = self.times[after - 1 : after + 1], column[after - 1 : after + 1]
        return c0 + (c1 - c0) * (moment - t0) / (t1 - t0)

    def lost(self, clock, start, end):
        """Seconds of work that are missing from start to end, by the rate on both sides."""

        def between(column, start, end):
            return self.at(column, end) - self.at(column, start)

        def beside(column):
            return between(column, start - SIDE, start) + between(column, end, end + SIDE)

        return between(clock, start, end) - between(self.counts, start, end) * beside(clock) / beside(self.counts)


def measure(victim, look, seconds):
    """Reads for some seconds, and does nothing as often and as long: the timeline, and the spans of both by is_read."""
    timeline, spans = Timeline(victim), {True: [], False: []}
    finish, length = time.monotonic() + seconds, 0.1
    while time.monotonic() < finish:
        order = [True, False]
        random.shuffle(order)
        for is_read in order:
            start = time.monotonic()
            timeline.watch(lambda: time.monotonic() >= start + SIDE)
            start = time.monotonic()
            if is_read:
                look.start()
                timeline.watch(look.is_done)
                length = time.monotonic() - start
            else:
                timeline.watch(lambda: time.monotonic() >= start + length)
            spans[is_read].append((start, time.monotonic() + REST))
            timeline.watch(lambda: time.monotonic() >= spans[is_read][-1][1] + SIDE)
    return timeline, spans


def words(losses):
    error = statistics.stdev(losses) / len(losses) ** 0.5
    return f"{statistics.mean(losses) * 1e3:6.2f} ± {error * 1e3:.2f} ms"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reads", default="top,exporter,fragmentation", help="who reads, by commas")
    parser.add_argument("--victim", choices=list(VICTIMS), default="churn")
    parser.add_argument("--seconds", type=float, default=60, help="for each command (default 60)")
    options = parser.parse_args()
    if options.seconds < 5:
        parser.error("--seconds: at least 5")
    with tempfile.TemporaryDirectory() as folder:
        victim = VICTIMS[options.victim](folder)
        try:
            for read in options.reads.split(","):
                look = reader(read, victim.process.pid)
                timeline, spans = measure(victim, look, options.seconds)
                look.end()
                for name, clock in ("clock", timeline.times), ("processor", timeline.processor):
                    losses = {is_read: [timeline.lost(clock, *span) for span in spans[is_read]] for is_read in spans}
                    print(
                        f"{options.victim:6} {read:14} by the {name:10} a read costs {words(losses[True])}, nothing costs "
                        f"{words(losses[False])} ({len(losses[True])} of each)", flush=True)
        finally:
            victim.end()


if __name__ == "__main__":
    main()

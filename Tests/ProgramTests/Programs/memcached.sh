#!/usr/bin/env bash
# memcached with several worker threads: values of all sizes, updates, deletions and evictions by several
# clients.
source "$(dirname "$0")/support/common.bash"
need memcached /usr/bin/python3

socket=$work/socket
user=()
[[ $(id -u) == 0 ]] && user=(-u root)
start "${preload[@]}" memcached "${user[@]}" -s "$socket" -t 4 -m 64 -I 2m -U 0 -o modern
server=$pid
wait_until 10 "memcached to listen" test -S "$socket"
assert_loaded "$server"

cat >"$work/client.py" <<'END'
import hashlib, random, socket, sys, threading

class Client:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(path)
        self.file = self.socket.makefile("rwb")

    def ask(self, command, data=None):
        self.file.write(command.encode() + b"\r\n")
        if data is not None:
            self.file.write(data + b"\r\n")
        self.file.flush()
        return self.file.readline().rstrip()

    def set(self, key, value):
        answer = self.ask("set %s 0 0 %d" % (key, len(value)), value)
        assert answer == b"STORED", answer

    def get(self, key):
        answer = self.ask("get " + key)
        if answer == b"END":
            return None
        value = self.file.read(int(answer.split()[3]))
        assert self.file.readline() == b"\r\n" and self.file.readline().rstrip() == b"END"
        return value

    def statistics(self):
        result, line = {}, self.ask("stats")
        while line != b"END":
            _, name, value = line.decode().split(None, 2)
            result[name] = value
            line = self.file.readline().rstrip()
        return result

def value(key, version, size):
    seed = hashlib.sha256(b"%s %d" % (key.encode(), version)).digest()
    return (seed * (size // 32 + 1))[:size]

def work(path, number, failures, hits):
    try:
        client, source, known, found = Client(path), random.Random(number), {}, 0
        for size in (200000, 1000000, 1900000):
            client.set("large%d" % number, value("large", number, size))
            got = client.get("large%d" % number)
            assert got is None or got == value("large", number, size)
        for step in range(20000):
            key = "key:%d:%d" % (number, source.randrange(3000))
            action = source.random()
            if action < 0.4:
                size = source.choice((10, 100, 1000, 5000, 30000)) + source.randrange(50)
                known[key] = (step, size)
                client.set(key, value(key, step, size))
            elif action < 0.45:
                known.pop(key, None)
                assert client.ask("delete " + key) in (b"DELETED", b"NOT_FOUND")
            else:
                got = client.get(key)
                if got is not None:
                    found += 1
                    assert key in known and got == value(key, *known[key]), "wrong value of " + key
        hits.append(found)
    except BaseException as error:
        failures.append(repr(error))

path, failures, hits = sys.argv[1], [], []
threads = [threading.Thread(target=work, args=(path, number, failures, hits)) for number in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
if failures:
    sys.exit("\n".join(failures))
statistics = Client(path).statistics()
assert sum(hits) > 10000, hits
assert int(statistics["evictions"]) > 0 and int(statistics["curr_items"]) > 0, statistics
print(sum(hits), statistics["evictions"], statistics["curr_items"])
END
/usr/bin/python3 "$work/client.py" "$socket"
has_library "$server" || fail "memcached has ended"
stop "$server"

# Objects of all kinds that come and go: instances, dictionaries, lists, strings, trees. Argument: rounds.
import json
import sys


class Random:
    """A fixed sequence, whatever the version of Python."""

    def __init__(self, seed):
        self.state = seed

    def below(self, bound):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % bound


class Node:
    def __init__(self, key):
        self.key = key
        self.children = []
        self.attributes = {"key": key, "name": "node %d" % key}


def tree(random, count):
    nodes = [Node(0)]
    for key in range(1, count):
        node = Node(key)
        nodes[random.below(len(nodes))].children.append(node)
        nodes.append(node)
    return nodes[0]


def depth(node):
    deepest, level = 0, [node]
    while level:
        deepest += 1
        level = [child for node in level for child in node.children]
    return deepest


def words(random, count):
    letters = "abcdefghijklmnopqrstuvwxyz"
    table = {}
    for number in range(count):
        word = "".join(letters[random.below(26)] for _ in range(2 + random.below(3)))
        table.setdefault(word, []).append(number)
    return table


def main():
    random = Random(1)
    kept = []
    total = 0
    for _ in range(int(sys.argv[1])):
        root = tree(random, 6000)
        total += depth(root)
        table = words(random, 15000)
        text = json.dumps(table, sort_keys=True)
        total += len(json.loads(text)) + sum(map(len, table.values()))
        pairs = sorted((str(number * 7919 % 10007), (number, float(number))) for number in range(10000))
        total += int(pairs[random.below(len(pairs))][0])
        kept.append(root)
        if len(kept) > 4:
            kept.pop(random.below(len(kept)))
    print(total)


main()

"""Recursion, json, regular expressions, sorting and compression, until it is ended."""
import json
import random
import re
import zlib


def tree(depth):
    return {"depth": depth, "children": [tree(depth - 1) for _ in range(3)]} if depth else None


def count(node):
    return 1 + sum(count(child) for child in node["children"] if child) if node else 0


def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __lt__(self, other):
        return (self.x, self.y) < (other.x, other.y)


def work(draw):
    text = json.dumps(tree(6), indent=1)
    count(json.loads(text))
    re.sub(r"(\d+)", lambda match: str(int(match.group(1)) * 2), text)
    re.findall(r'"(\w+)":\s*(?:\[|\d+)', text)
    sorted(Point(draw.random(), draw.random()) for _ in range(3000))
    sorted((str(draw.random()) for _ in range(5000)), key=lambda word: word[::-1])
    zlib.compress(text.encode(), 6)
    fibonacci(19)


if __name__ == "__main__":
    generator = random.Random(1)
    while True:
        work(generator)

// JSON, regular expressions, sorting, closures and recursion, until it is ended.
'use strict';

function tree(depth) {
	return depth ? { depth, children: [tree(depth - 1), tree(depth - 1), tree(depth - 1)] } : null;
}

function count(node) {
	return node ? node.children.reduce((sum, child) => sum + count(child), 1) : 0;
}

function fibonacci(n) {
	return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

function words(cnt) {
	let seed = 1;
	return Array.from({ length: cnt }, () => {
		seed = (seed * 48271) % 2147483647;
		return seed.toString(36);
	});
}

function work() {
	const text = JSON.stringify(tree(7), null, 1);
	count(JSON.parse(text));
	text.replace(/(\d+)/g, (_, digits) => String(digits * 2));
	const seen = new Map();
	for (const [, word] of words(5000).join(' ').matchAll(/([a-z]+)\d*/g))
		seen.set(word, (seen.get(word) || 0) + 1);
	words(5000).sort((a, b) => (a.length - b.length) || (a < b ? -1 : 1));
	return fibonacci(23) + seen.size;
}

for (;;) work();

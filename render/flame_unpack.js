/*
 * The other side of flame_pack.c: its text, specified in flame_pack.h, becomes a tree of
 * arrays, one for each column. Box 0 is the root; parents stand before their children,
 * and `end` is the box behind all that stand on one.
 *
 *	{ unit, noun, period, hidden, colours, shades, families,
 *	  names: [{ text, family, shade, module }], name, parent, depth, value, first, end, links }
 *
 * A name of -1 is a strip: frames that were too small to be packed. `links` is the last link
 * of a chain of wakers on a box or above it; 0: there is none.
 */
"use strict";

/* The text of flame_pack.h into one array for each column of the tree. */
function unpackFlame(text) {
	const lines = text.split("\n"), head = {};
	let at = 0, line;
	for (line = lines[at++]; !line.startsWith("names "); line = lines[at++])
		head[line.split(" ", 1)[0]] = line.slice(line.indexOf(" ") + 1);
	const t = { unit: head.unit.split(" ", 1)[0], period: Number(head.period),
		colours: head.colours.split(","), families: head.families.split(";"),
		hidden: Number(head.hidden) };
	t.noun = head.unit.slice(t.unit.length + 1) || "events";
	t.shades = t.colours.length / t.families.length;
	at = unpackNames(t, lines, at, Number(line.slice(6)));
	unpackBoxes(t, lines[at + 1]);
	return t;
}

function unpackNames(t, lines, at, count) {
	let before = "";
	t.names = [{ text: "all", family: 0, shade: 0, module: 0 }];
	for (let i = 0; i < count; i++) {
		const r = reader(lines[at++]), shared = r.number();
		const name = { family: r.number(), shade: r.number(), module: r.number() };
		before = before.slice(0, shared) + r.rest();
		name.text = before;
		t.names.push(name);
	}
	return at;
}

/* Parents stand before their children, so one pass backwards sums up. A box ends where
 * the next one begins that is not below it. */
function unpackBoxes(t, text) {
	const r = reader(text), open = [0];
	t.name = [0]; t.parent = [-1]; t.depth = [0]; t.value = [0];
	while (r.more()) {
		const step = r.number();
		open.length -= step >> 1;
		t.parent.push(open[open.length - 1]);
		t.depth.push(open.length);
		open.push(t.name.length);
		t.name.push(r.number() || -1);
		t.value.push(step & 1 ? r.number() : 0);
	}
	const count = t.name.length;
	t.linkOf = t.families.map((text) => Number(/^waker (\d+)/.exec(text)?.[1] ?? 0));
	t.links = t.name.map((name) => name > 0 ? t.linkOf[t.names[name].family] : 0);
	t.end = new Int32Array(count).map((_, i) => i + 1);
	for (let i = count - 1; i > 0; i--) {
		t.value[t.parent[i]] += t.value[i];
		t.end[t.parent[i]] = Math.max(t.end[t.parent[i]], t.end[i]);
		t.links[t.parent[i]] = Math.max(t.links[t.parent[i]], t.links[i]);
	}
	t.first = new Float64Array(count);
	const next = new Float64Array(count);
	for (let i = 1; i < count; i++) {
		const parent = t.parent[i];
		t.first[i] = next[i] = next[parent];
		next[parent] += t.value[i];
	}
}

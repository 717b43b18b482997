/*
 * The tools of a flame graph: zoom, search, keys, a link to a frame. The picture is
 * complete without them. What comes in is the picture's own <metadata>, written by
 * flame_pack.c and specified in flame_pack.h; what it names is text and stays text: it
 * reaches the page through textContent and attributes that are not addresses.
 *
 *	unpackFlame() -> tree of arrays -> layout() -> boxes in view -> draw() -> elements
 *
 * Only boxes of at least half a pixel become elements, whatever the size of the tree.
 * Nothing moves by itself, so there is nothing to tone down for those who ask for less
 * motion. Lengths are those of picture.h and flame_layout.h. flame_unpack.js and
 * flame_words.js stand before this one, in the same function.
 */
(function () {
	const MARGIN = 16, ROW = 18, COLUMN = 7.2, PAD = 3, NARROWEST = 0.5, MOST_BOXES = 9000;
	const ROWS_ALWAYS = 40, WORDLESS = 6;
	const MATCH = "#f06be0", QUERY_MAX = 256;
	const SVG = "http://www.w3.org/2000/svg", XHTML = "http://www.w3.org/1999/xhtml";

	const script = document.currentScript;
	const svg = script ? script.closest("svg") : null;
	const packed = svg && svg.querySelector("metadata");
	if (!packed)
		return;
	const alone = document.documentElement === svg;
	const frames = svg.querySelector("g.frames"), foot = svg.querySelector("g.foot");
	const ground = svg.querySelector("rect.paper");
	const top = number(frames.getAttribute("transform"));
	const below = number(foot.getAttribute("transform"));
	const footHeight = Number(svg.getAttribute("height")) - below;
	const drawnRows = Math.round((below - top - 10) / ROW);
	const tree = unpackFlame(packed.textContent);
	let width = Number(svg.getAttribute("width"));
	let rootOnTop = svg.getAttribute("data-view") === "icicle";
	const rowWidth = svg.getAttribute("data-view") === "chain" ? 10 : 3;
	let zoomed = 0, focused = 0, shown = [], elements = new Map(), matches = null, rows = 0;
	let input = null, help = null;

	function number(transform) {
		return Number(/translate\(0 ([\d.]+)\)/.exec(transform)[1]);
	}

	const isStrip = (node) => tree.name[node] < 0;
	const nameOf = (node) => isStrip(node) ? null : tree.names[tree.name[node]];
	const textOf = (node) => isStrip(node) ? "frames too small to draw" : nameOf(node).text;
	const room = () => width - 2 * MARGIN;

	function isBelow(node, ancestor) {
		return node >= ancestor && node < tree.end[ancestor];
	}

	/* The boxes in view: the way to the zoomed frame, and what stands on it. Small siblings
	 * side by side are one strip. */
	function layout(narrowest) {
		const boxes = [], scale = room() / tree.value[zoomed], left = tree.first[zoomed];
		let strip = null;
		for (let node = tree.parent[zoomed]; node >= 0; node = tree.parent[node])
			boxes.unshift({ node, x: 0, w: room(), depth: tree.depth[node], faded: true });
		for (let node = zoomed; node < tree.end[zoomed];) {
			const x = (tree.first[node] - left) * scale, w = tree.value[node] * scale;
			const depth = tree.depth[node], small = w < narrowest;
			if (!small && !isStrip(node)) {
				boxes.push({ node, x, w, depth });
				node++;
				continue;
			}
			if (strip && strip.parent === tree.parent[node] &&
			    Math.abs(strip.x + strip.w - x) < 0.01) {
				strip.w += w;
			} else {
				strip = { node: -1, parent: tree.parent[node], x, w, depth };
				boxes.push(strip);
			}
			node = tree.end[node];
		}
		const last = boxes.reduce((most, box) =>
			box.w >= rowWidth ? Math.max(most, box.depth) : most, ROWS_ALWAYS - 1);
		return boxes.filter((box) => box.depth <= last && (box.node >= 0 || box.w >= 1));
	}

	function layoutBounded() {
		let narrowest = NARROWEST, boxes = layout(narrowest);
		while (boxes.length > MOST_BOXES)
			boxes = layout(narrowest *= 1.5);
		return boxes;
	}

	function make(name, attributes, text) {
		const element = document.createElementNS(SVG, name);
		for (const key in attributes)
			element.setAttribute(key, attributes[key]);
		if (text !== undefined)
			element.textContent = text;
		return element;
	}

	function colourOf(box) {
		if (box.node < 0)
			return "#" + tree.colours[10 * tree.shades]; /* PALETTE_MERGED */
		const name = nameOf(box.node);
		const colour = "#" + tree.colours[name.family * tree.shades + name.shade];
		if (matches && matches[tree.name[box.node]])
			return MATCH;
		return box.faded ? lighter(colour) : colour;
	}

	function lighter(colour) {
		const value = parseInt(colour.slice(1), 16);
		const half = (shift) => ((value >> shift & 255) + 510) / 3 | 0;
		return "#" + (half(16) << 16 | half(8) << 8 | half(0)).toString(16).padStart(6, "0");
	}

	function rectFor(box) {
		const gap = box.w >= 2 ? 0.5 : 0;
		return make("rect", { x: (MARGIN + box.x).toFixed(2), y: rowY(box.depth), height: ROW - 1,
			width: Math.max(box.w - gap, 0.1).toFixed(2), fill: colourOf(box) });
	}

	/* What is too narrow for a word is a rectangle alone: most boxes are, and its name is
	 * said when it is pointed at or walked to. */
	function elementFor(box) {
		box.rect = rectFor(box);
		if (box.w < WORDLESS)
			return box.rect;
		const group = make("g", box.node < 0 ? {} : { role: "treeitem", tabindex: "-1",
			"aria-level": box.depth + 1 });
		group.append(make("title", {}, box.node < 0 ? "frames too small to draw" :
			describe(box.node)), box.rect);
		const label = box.node < 0 ? "" :
			fit(textOf(box.node), Math.floor((box.w - 0.5 - 2 * PAD) / COLUMN));
		if (label)
			group.append(make("text", { x: (MARGIN + box.x + PAD).toFixed(2),
				y: rowY(box.depth) + ROW - 6 }, label));
		group.style.outline = "none"; /* the ring shows the focus */
		return group;
	}

	/* The element is about to have the focus. */
	function makeFocusable(box) {
		box.element.setAttribute("tabindex", "0");
		if (box.element !== box.rect)
			return;
		box.element.setAttribute("role", "treeitem");
		box.element.setAttribute("aria-level", box.depth + 1);
		box.element.setAttribute("aria-label", describe(box.node));
		box.element.style.outline = "none";
	}

	function rowY(depth) {
		return (rootOnTop ? depth : rows - 1 - depth) * ROW;
	}

	function draw() {
		shown = layoutBounded();
		rows = shown.reduce((most, box) => Math.max(most, box.depth + 1), drawnRows);
		elements = new Map();
		const list = document.createDocumentFragment();
		for (const box of shown) {
			box.element = elementFor(box);
			if (box.node >= 0)
				elements.set(box.element, box);
			list.append(box.element);
		}
		const hadFocus = frames.contains(document.activeElement);
		frames.replaceChildren(list, ring);
		const height = top + rows * ROW + 10 + footHeight;
		foot.setAttribute("transform", "translate(0 " + (top + rows * ROW + 10) + ")");
		svg.setAttribute("viewBox", "0 0 " + width + " " + height);
		svg.setAttribute("height", height);
		ground.setAttribute("width", width);
		ground.setAttribute("height", height);
		if (!boxOf(focused))
			focused = zoomed;
		makeFocusable(boxOf(focused));
		if (hadFocus) /* it went with its element, and the keys of a picture in a page with it */
			boxOf(focused).element.focus();
		placeTools();
		say();
	}

	const boxOf = (node) => shown.find((box) => box.node === node);

	const counted = (value) => value.toString().replace(/\B(?=(\d{3})+$)/g, ",");

	function measure(value) {
		const count = counted(value);
		if (tree.unit === "ns")
			return duration(value);
		if (tree.unit === "bytes")
			return size(value);
		if (tree.unit === "events")
			return count + " " + tree.noun;
		const time = tree.period ? duration(BigInt(value) * BigInt(tree.period)) + ", " : "";
		return time + count + (value === 1 ? " sample" : " samples");
	}

	function numbers(node) {
		let text = measure(tree.value[node]) + ", " + percent(tree.value[node], tree.value[0]);
		if (zoomed !== node && zoomed && isBelow(node, zoomed))
			text += ", " + percent(tree.value[node], tree.value[zoomed]) + " of the zoomed";
		return text;
	}

	function origin(node) {
		const name = nameOf(node);
		if (!name || !name.family)
			return "";
		const module = name.module ? tree.names[name.module].text + ", " : "";
		return " (" + module + partOf(node, name.family) + ")";
	}

	/* "waker 2 of 3, kernel": of the longest chain that goes through it. */
	function partOf(node, family) {
		const link = tree.linkOf[family], words = tree.families[family];
		return link ? words.replace(/\d+/, link + " of " + tree.links[node]) : words;
	}

	const describe = (node) => textOf(node) + origin(node) + ": " + numbers(node);

	/* Tools: one line above the frames, words at its left and buttons at its right. */
	const line = make("text", { x: MARGIN, class: "ink", fill: "#1a1a1a", "aria-live": "polite" });
	const buttons = [["Search", openSearch], ["Flip", flip], ["Reset", reset], ["?", toggleHelp]]
		.map(([text, action]) => makeButton(text, action));
	const ring = make("rect", { fill: "none", stroke: "#000", "stroke-width": 2,
		"pointer-events": "none", visibility: "hidden" });

	function makeButton(text, action) {
		const group = make("g", { role: "button", tabindex: "0", cursor: "pointer",
			"aria-label": text === "?" ? "Help" : text });
		const w = text.length * COLUMN + 14;
		group.append(make("rect", { width: w, height: 18, rx: 3, fill: "#f1f1f3", class: "tool" }),
			make("text", { x: 7, y: 13, fill: "#1a1a1a", class: "ink" }, text));
		group.addEventListener("click", action);
		group.addEventListener("keydown", (event) => {
			if (event.key !== "Enter" && event.key !== " ")
				return;
			event.preventDefault();
			event.stopPropagation();
			action();
		});
		return { group, w };
	}

	function placeTools() {
		let x = width - MARGIN;
		for (const button of buttons.slice().reverse()) {
			x -= button.w;
			button.group.setAttribute("transform", "translate(" + x + " " + (top - 24) + ")");
			x -= 6;
		}
		line.setAttribute("y", top - 11);
		line.room = Math.floor((x - MARGIN) / COLUMN) - 1;
	}

	/* The line says what is pointed at, else what was searched, else what is zoomed. */
	function say(node) {
		if (node === undefined && matches) {
			line.textContent = fit(matches.text, line.room);
			return;
		}
		if (node === undefined)
			node = zoomed;
		const tail = origin(node) + ": " + numbers(node);
		const name = textOf(node);
		line.textContent = fit(fit(name, Math.max(line.room - tail.length, 12)) + tail, line.room);
	}

	function zoom(node, remember) {
		zoomed = focused = node;
		draw();
		if (remember !== false)
			writeLink();
	}

	function zoomAndFocus(node) {
		zoom(node);
		focus(node);
	}

	function focus(node) {
		const old = boxOf(focused), box = boxOf(node);
		if (!box)
			return;
		if (old)
			old.element.setAttribute("tabindex", "-1");
		focused = node;
		makeFocusable(box);
		box.element.focus();
	}

	function showRing(box) {
		ring.setAttribute("x", (MARGIN + box.x).toFixed(2));
		ring.setAttribute("y", rowY(box.depth));
		ring.setAttribute("width", Math.max(box.w, 1).toFixed(2));
		ring.setAttribute("height", ROW - 1);
		ring.setAttribute("visibility", "visible");
	}

	function reset() {
		closeSearch();
		matches = null;
		zoomAndFocus(0);
	}

	function flip() {
		rootOnTop = !rootOnTop;
		draw();
	}

	function linkOf(node) {
		const path = [];
		for (; node > 0; node = tree.parent[node])
			path.unshift(textOf(node));
		const hex = (seed) => (path.reduce(hashName, seed) >>> 0).toString(16).padStart(8, "0");
		return (alone ? "frame" : svg.id) + "-" + hex(2166136261 | 0) + hex(0x5bd1e995);
	}

	/* In a page of somebody else only our own link is taken back. */
	function writeLink() {
		const isOurs = alone || location.hash.startsWith("#" + svg.id + "-");
		try {
			if (zoomed || isOurs)
				history.replaceState(null, "", zoomed ? "#" + linkOf(zoomed) : "#");
		} catch (error) {
			/* a sandbox without an address of its own: there is nothing to link to */
		}
	}

	function followLink() {
		const wanted = location.hash.slice(1);
		const last = wanted.slice(-16);
		if (!/^(frame|profile-[0-9a-f]{6})-[0-9a-f]{16}$/.test(wanted))
			return;
		if (wanted !== (alone ? "frame" : svg.id) + "-" + last)
			return;
		const seeds = [2166136261 | 0, 0x5bd1e995 | 0].map((seed) => {
			const hash = new Int32Array(tree.name.length);
			hash[0] = seed;
			for (let i = 1; i < hash.length; i++)
				hash[i] = hashName(hash[tree.parent[i]], textOf(i));
			return hash;
		});
		const [a, b] = [parseInt(last.slice(0, 8), 16) | 0, parseInt(last.slice(8), 16) | 0];
		const found = seeds[0].findIndex((hash, i) => i > 0 && hash === a && seeds[1][i] === b);
		if (found > 0)
			zoom(found, false);
	}

	/* Search: the field exists only while it is open. */
	function openSearch() {
		if (input) {
			input.focus();
			return;
		}
		const holder = make("foreignObject", { x: MARGIN, y: top - 25, width: 300, height: 22 });
		input = document.createElementNS(XHTML, "input");
		input.setAttribute("maxlength", QUERY_MAX);
		input.setAttribute("placeholder", "regular expression, then Enter");
		input.setAttribute("aria-label", "search frames by regular expression");
		input.style.cssText = "width:290px;height:18px;padding:0 4px;font:12px monospace;" +
			"border:1px solid #888;box-sizing:border-box";
		holder.append(input);
		svg.append(holder);
		line.setAttribute("x", MARGIN + 304);
		input.addEventListener("input", () => search(input.value));
		input.addEventListener("keydown", (event) => {
			event.stopPropagation();
			if (event.key === "Escape") {
				closeSearch();
				search("");
				focus(focused);
			} else if (event.key === "Enter") {
				const query = input.value;
				closeSearch();
				focus(focused); /* where there is no match to go to */
				search(query);
				nextMatch(1, true);
			}
		});
		input.focus();
	}

	function closeSearch() {
		if (!input)
			return;
		const holder = input.parentNode;
		input = null;
		holder.remove();
		line.setAttribute("x", MARGIN);
	}

	/* Lower case finds both. A stack counts once, however many of its frames match. */
	function search(query) {
		let pattern = null;
		matches = null;
		try {
			if (query)
				pattern = new RegExp(query.slice(0, QUERY_MAX),
					query === query.toLowerCase() ? "i" : "");
		} catch (error) {
			recolour();
			line.textContent = "not a regular expression yet: " + query;
			return;
		}
		if (pattern) {
			const found = tree.names.map((name, i) => i > 0 && pattern.test(name.text));
			matches = found;
			matches.text = matchText(query);
		}
		recolour();
		say();
	}

	function recolour() {
		for (const box of shown)
			box.rect.setAttribute("fill", colourOf(box));
	}

	const isMatch = (node) => matches && !isStrip(node) && matches[tree.name[node]];

	/* Strips hold frames whose names did not come along: nobody knows whether they match. */
	function matchText(query) {
		let value = 0, count = 0, unknown = 0;
		for (let node = 1; node < tree.name.length;) {
			if (isMatch(node)) {
				value += tree.value[node];
				count++;
				node = tree.end[node];
			} else {
				unknown += isStrip(node);
				node++;
			}
		}
		return "matched " + (unknown ? "at least " : "") + percent(value, tree.value[0]) + " (" +
			measure(value) + ", " + count + (count === 1 ? " place" : " places") +
			(unknown ? "; " + counted(tree.hidden) + " smaller frames not searched" : "") + "): " +
			query;
	}

	/* The next match in the order of the tree, zoomed out or in so far that it is seen. */
	function nextMatch(step, fromHere) {
		const count = tree.name.length;
		if (!matches)
			return;
		let node = fromHere ? focused - step : focused;
		for (let i = 0; i < count; i++) {
			node = (node + step + count) % count;
			if (!isMatch(node))
				continue;
			if (!boxOf(node))
				zoom(tree.parent[node]);
			if (!boxOf(node))
				zoom(node);
			focus(node);
			return;
		}
	}

	const KEYS = [
		["click, Enter", "zoom to the frame"],
		["Escape", "end the search, then back to the whole picture"],
		["Backspace", "zoom out by one frame"],
		["arrows", "walk: to callers, to callees, along the row"],
		["/  Ctrl-F", "search by regular expression; lower case finds both"],
		["n  N", "next match, match before"],
		["i", "flip: root at the top or at the bottom"],
		["?", "this list"],
		["", "The address always links to the zoomed frame."],
	];

	function toggleHelp() {
		if (help) {
			help.remove();
			help = null;
			return;
		}
		help = make("g", { transform: "translate(" + (MARGIN + 20) + " " + (top + 8) + ")" });
		help.append(make("rect", { width: 520, height: KEYS.length * 18 + 20, rx: 4,
			fill: "#ffffff", class: "paper", stroke: "#888" }));
		KEYS.forEach((row, i) => row.forEach((text, column) => help.append(make("text",
			{ x: 14 + column * 110, y: 24 + i * 18, fill: "#1a1a1a", class: "ink" }, text))));
		help.addEventListener("click", toggleHelp);
		svg.append(help);
	}

	/* Towards the leaf: the widest child. Along the row: the next box, whoever its parent is. */
	function walk(direction) {
		const here = boxOf(focused);
		if (!here)
			return;
		if (direction === "root") {
			if (tree.parent[focused] >= 0)
				focus(tree.parent[focused]);
			return;
		}
		let best = null;
		for (const box of shown) {
			if (box.node < 0)
				continue;
			if (direction === "leaf") {
				if (tree.parent[box.node] === focused && (!best || box.w > best.w))
					best = box;
			} else if (box.depth === here.depth) {
				if (direction === "right" && box.x > here.x && (!best || box.x < best.x))
					best = box;
				if (direction === "left" && box.x < here.x && (!best || box.x > best.x))
					best = box;
			}
		}
		if (best)
			focus(best.node);
	}

	function escape() {
		if (help)
			toggleHelp();
		else if (matches)
			search("");
		else
			reset();
	}

	const actions = {
		ArrowUp: () => walk(rootOnTop ? "root" : "leaf"),
		ArrowDown: () => walk(rootOnTop ? "leaf" : "root"),
		ArrowLeft: () => walk("left"),
		ArrowRight: () => walk("right"),
		Enter: () => zoomAndFocus(focused),
		" ": () => zoomAndFocus(focused),
		Backspace: () => zoomAndFocus(Math.max(tree.parent[zoomed], 0)),
		Escape: escape,
		"/": openSearch,
		n: () => nextMatch(1),
		N: () => nextMatch(-1),
		i: flip,
		"?": toggleHelp,
	};

	function onKey(event) {
		const find = alone && event.ctrlKey && !event.altKey && event.key === "f";
		if (!find && (event.ctrlKey || event.metaKey || event.altKey))
			return;
		const action = find ? openSearch : actions[event.key];
		if (!action || event.target === input)
			return;
		event.preventDefault();
		action();
	}

	function boxAt(event) {
		return elements.get(event.target) || elements.get(event.target.closest("g"));
	}

	function listen() {
		frames.addEventListener("click", (event) => {
			const box = boxAt(event);
			if (box)
				zoomAndFocus(box.node);
		});
		frames.addEventListener("pointerover", (event) => {
			const box = boxAt(event);
			if (box)
				say(box.node);
		});
		frames.addEventListener("pointerleave", () => say());
		frames.addEventListener("focusin", (event) => {
			const box = boxAt(event);
			if (!box)
				return;
			say(box.node);
			showRing(box);
		});
		frames.addEventListener("focusout", () => ring.setAttribute("visibility", "hidden"));
		(alone ? document : svg).addEventListener("keydown", onKey);
		addEventListener("hashchange", followLink);
		if (alone)
			addEventListener("resize", adopt);
	}

	/* A picture that is a page of its own takes the width of the window. */
	function adopt() {
		const room = Math.round(svg.getBoundingClientRect().width);
		if (room < 400 || room === width)
			return;
		width = room;
		draw();
	}

	function start() {
		svg.setAttribute("role", "group");
		frames.setAttribute("role", "tree");
		frames.setAttribute("aria-label", "frames, root first");
		frames.setAttribute("cursor", "pointer");
		svg.append(line, ...buttons.map((button) => button.group));
		draw();
		listen();
		if (alone) {
			svg.style.backgroundColor = getComputedStyle(ground).fill;
			svg.setAttribute("width", "100%");
			adopt();
		}
		followLink();
		svg.setAttribute("data-ready", "1");
	}
	start();
})();

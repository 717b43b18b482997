/*
 * The tools of a subsecond heat map: what a cell holds, and the command that shows the stacks of a
 * range. The picture is complete without them. What comes in is the picture's own
 * <metadata>, written by subsecond_layout.c. Nothing from it reaches the page but as text.
 */
"use strict";
(function () {
	const SVG = "http://www.w3.org/2000/svg", MARGIN = 16, COLUMN = 7.2;
	const script = document.currentScript;
	const svg = script ? script.closest("svg") : null;
	const packed = svg && svg.querySelector("metadata");
	if (!packed)
		return;
	const alone = document.documentElement === svg;
	const map = unpack(packed.textContent);
	const grid = svg.querySelector("g.grid");
	const columns = Math.floor((Number(svg.getAttribute("width")) - 2 * MARGIN) / COLUMN);
	const here = make("rect", { fill: "none", stroke: "#000", "stroke-width": 2,
		visibility: "hidden", "pointer-events": "none" });
	const range = make("path", { fill: "#3b6fe0", "fill-opacity": 0.3, stroke: "#1f4fc0",
		"pointer-events": "none" });
	const line = make("text", { x: MARGIN, y: map.y - 11, class: "ink", fill: "#1a1a1a",
		"aria-live": "polite" });
	let at = 0, anchor = -1, chosen = null;

	function unpack(text) {
		const lines = text.split("\n"), head = {};
		let i = 1;
		for (; lines[i] !== "counts"; i++)
			head[lines[i].split(" ", 1)[0]] = lines[i].slice(lines[i].indexOf(" ") + 1);
		const [x, y, w, h] = head.grid.split(" ").map((value) => value / 100);
		const [cols, rows] = head.cells.split(" ").map(Number);
		const counts = new Map();
		for (i++; lines[i]; i++) {
			const [col, row, count] = lines[i].split(" ").map(Number);
			counts.set(col * rows + row, count);
		}
		return { x, y, w, h, cols, rows, counts, seconds: Number(head.seconds),
			first: Number(head.first), noun: head.noun, command: head.command };
	}

	function make(name, attributes) {
		const element = document.createElementNS(SVG, name);
		for (const key in attributes)
			element.setAttribute(key, attributes[key]);
		return element;
	}

	/* Cells are numbered as time runs: up a column, then on at the bottom of the next. */
	const colOf = (cell) => Math.floor(cell / map.rows);
	const rowOf = (cell) => cell % map.rows;
	const step = 1 / map.rows;

	function offsetText(cell) {
		const first = rowOf(cell) * 1000 / map.rows, last = (rowOf(cell) + 1) * 1000 / map.rows;
		return "+" + Math.round(first) + ".." + Math.round(last) + " ms";
	}

	function secondsText(cell) {
		const first = map.first + colOf(cell) * map.seconds;
		return map.seconds === 1 ? "second " + first :
			"seconds " + first + " to " + (first + map.seconds - 1);
	}

	function countText(count) {
		const noun = count === 1 && map.noun === "samples" ? "sample" : map.noun;
		return count.toString().replace(/\B(?=(\d{3})+$)/g, ",") + " " + noun;
	}

	/* The start of a cell in seconds since the recording's, as --time takes it. */
	function timeOf(cell) {
		const time = map.first + colOf(cell) * map.seconds + rowOf(cell) / map.rows;
		return String(Math.round(time * 1e6) / 1e6) + "s";
	}

	/* Columns of several seconds are only whole: their rows stand for no one time. */
	function rangeOf(a, b) {
		const [first, last] = a < b ? [a, b] : [b, a];
		if (map.seconds === 1)
			return [first, last + 1];
		return [colOf(first) * map.rows, (colOf(last) + 1) * map.rows];
	}

	function sumOf([first, last]) {
		let sum = 0;
		for (let cell = first; cell < last; cell++)
			sum += map.counts.get(cell) || 0;
		return sum;
	}

	function outline([first, last]) {
		let path = "";
		for (let col = colOf(first); col <= colOf(last - 1); col++) {
			const from = col === colOf(first) ? rowOf(first) : 0;
			const to = col === colOf(last - 1) ? rowOf(last - 1) + 1 : map.rows;
			path += "M" + (map.x + col * map.w) + " " + (map.rows - to) * map.h + "h" + map.w +
				"v" + (to - from) * map.h + "h" + -map.w + "z";
		}
		range.setAttribute("d", path);
	}

	function show(cell) {
		at = cell;
		here.setAttribute("x", map.x + colOf(cell) * map.w);
		here.setAttribute("y", (map.rows - 1 - rowOf(cell)) * map.h);
		here.setAttribute("width", map.w);
		here.setAttribute("height", map.h);
		here.setAttribute("visibility", "visible");
		if (anchor >= 0)
			outline(rangeOf(anchor, cell));
		say();
	}

	function say() {
		const command = chosen && map.command + " --time " + timeOf(chosen[0]) + ".." +
			timeOf(chosen[1]);
		let text = "click a first and a last cell, or walk with the arrows and press Enter twice";
		if (anchor >= 0)
			text = "from " + timeOf(anchor) + ": click the last cell, or Escape";
		else if (chosen)
			text = countText(sumOf(chosen)) + ": " + command;
		if (here.getAttribute("visibility") === "visible" && !chosen)
			text = secondsText(at) + " " + offsetText(at) + ": " +
				countText(map.counts.get(at) || 0) + (anchor >= 0 ? "; " + text : "");
		line.textContent = text.length > columns ? text.slice(0, columns - 2) + ".." : text;
		svg.setAttribute("data-command", command || "");
	}

	function pick(cell) {
		if (anchor < 0) {
			anchor = cell;
			chosen = null;
			outline(rangeOf(cell, cell));
		} else {
			chosen = rangeOf(anchor, cell);
			anchor = -1;
			outline(chosen);
		}
		say();
	}

	function clear() {
		anchor = -1;
		chosen = null;
		range.setAttribute("d", "");
		say();
	}

	function cellAt(event) {
		const point = new DOMPoint(event.clientX, event.clientY)
			.matrixTransform(grid.getScreenCTM().inverse());
		const col = Math.floor((point.x - map.x) / map.w);
		const row = map.rows - 1 - Math.floor(point.y / map.h);
		return col >= 0 && col < map.cols && row >= 0 && row < map.rows ?
			col * map.rows + row : -1;
	}

	function move(by) {
		const next = at + by;
		if (next >= 0 && next < map.cols * map.rows)
			show(next);
	}

	const actions = {
		ArrowUp: () => move(1),
		ArrowDown: () => move(-1),
		ArrowLeft: () => move(-map.rows),
		ArrowRight: () => move(map.rows),
		Enter: () => pick(at),
		" ": () => pick(at),
		Escape: clear,
	};

	function onKey(event) {
		const action = actions[event.key];
		if (!action || event.ctrlKey || event.metaKey || event.altKey)
			return;
		event.preventDefault();
		action();
	}

	svg.setAttribute("role", "group");
	grid.setAttribute("tabindex", "0");
	grid.setAttribute("role", "application");
	grid.setAttribute("aria-label", "heat map; arrows walk, Enter starts and ends a range");
	grid.style.outline = "none";
	grid.append(range, here);
	svg.append(line);
	if (alone)
		svg.style.backgroundColor = getComputedStyle(svg.querySelector("rect.paper")).fill;
	grid.addEventListener("pointermove", (event) => {
		const cell = cellAt(event);
		if (cell >= 0)
			show(cell);
	});
	grid.addEventListener("pointerleave", () => {
		here.setAttribute("visibility", "hidden");
		say();
	});
	grid.addEventListener("click", (event) => {
		const cell = cellAt(event);
		if (cell >= 0)
			pick(cell);
	});
	(alone ? document : grid).addEventListener("keydown", onKey);
	say();
	svg.setAttribute("data-ready", "1");
})();

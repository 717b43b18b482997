/*
 * What the tools of heat maps and of histograms have in common: values, counts and names in
 * words, the command that shows the stacks of a part, and how places of a grid are pointed at and
 * chosen. A part is chosen by two places, its first and its last.
 */
const SVG = "http://www.w3.org/2000/svg", MARGIN = 16, COLUMN = 7.2, LAST = 2n ** 64n - 1n;

function make(name, attributes) {
	const element = document.createElementNS(SVG, name);
	for (const key in attributes)
		element.setAttribute(key, attributes[key]);
	return element;
}

const makeHere = (stroke) => make("rect", { fill: "none", stroke, "stroke-width": 2,
	visibility: "hidden", "pointer-events": "none" });
const makeRange = () => make("rect", { fill: "#3b6fe0", "fill-opacity": 0.3, stroke: "#1f4fc0",
	visibility: "hidden", "pointer-events": "none" });
const makeLine = (y) => make("text", { x: MARGIN, y, class: "ink", fill: "#1a1a1a",
	"aria-live": "polite" });
const columnsOf = (svg) => Math.floor((Number(svg.getAttribute("width")) - 2 * MARGIN) / COLUMN);

/* "KEY WORDS" lines up to the one that begins with `end`; and where that is. */
function unpackHead(lines, end) {
	const head = {};
	let i = 1;
	for (; !lines[i].startsWith(end); i++)
		head[lines[i].split(" ", 1)[0]] = lines[i].slice(lines[i].indexOf(" ") + 1);
	return { head, i };
}

/* "1;db": a process of that name; only what is one, and written as it is, can be chosen. */
function unpackGroup(text) {
	const name = text.slice(text.indexOf(";") + 1);
	return { name, isProcess: text[0] === "1" && !/^\[|\\/.test(name) };
}

const grouped = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, ",");
const eventsText = (count) => grouped(count) + (String(count) === "1" ? " event" : " events");

function valueText(unit, value) {
	return unit === "ns" ? duration(value) : unit === "bytes" ? size(value) : grouped(value);
}

function rangeText(unit, first, last) {
	return first === last ? valueText(unit, first) :
		valueText(unit, first) + " to " + valueText(unit, last);
}

/* A process's name as a pattern of itself alone, and as one word of a shell. */
function wordOf(name) {
	const pattern = name.replace(/[*?[]/g, "[$&]");
	return /^[\w./:,=+@-]+$/.test(pattern) ? pattern : "'" + pattern.replace(/'/g, "'\\''") + "'";
}

const processWords = ({ name, isProcess }) => isProcess ? " --process " + wordOf(name) : "";

/* Flame graphs choose by process, but not by label. */
const whose = ({ name, isProcess }) => name && !isProcess ? " of " + name + ", stacks of all" : "";

function latencyWords(unit, first, last) {
	const name = unit === "bytes" ? "B" : "ns";
	return " --latency " + first + name + ".." + (last === LAST ? "" : last + name);
}

function layBox(box, x, y, width, height) {
	for (const [key, value] of Object.entries({ x, y, width, height, visibility: "visible" }))
		box.setAttribute(key, value);
}

/* Keys do what `actions` say; those of the whole page where the picture is all of it. */
function listenToKeys(svg, grids, actions) {
	const alone = document.documentElement === svg;
	for (const target of alone ? [document] : grids)
		target.addEventListener("keydown", (event) => {
			const action = actions[event.key];
			if (!action || event.ctrlKey || event.metaKey || event.altKey)
				return;
			event.preventDefault();
			action();
		});
	if (alone)
		svg.style.backgroundColor = getComputedStyle(svg.querySelector("rect.paper")).fill;
}

/* `tools`: placeAt(event), show(place), hide(), pick(place), release(place). */
function listenToPointer(grid, label, tools) {
	grid.setAttribute("tabindex", "0");
	grid.setAttribute("role", "application");
	grid.setAttribute("aria-label", label);
	grid.style.outline = "none";
	grid.style.userSelect = "none";
	for (const [type, tool] of [["pointermove", tools.show], ["pointerdown", tools.pick],
		["pointerup", tools.release]])
		grid.addEventListener(type, (event) => {
			const at = event.button > 0 ? null : tools.placeAt(event);
			if (at)
				tool(at);
		});
	grid.addEventListener("pointerleave", tools.hide);
}

function pointIn(grid, event) {
	return new DOMPoint(event.clientX, event.clientY).matrixTransform(grid.getScreenCTM().inverse());
}

/*
 * The tools of a latency heat map: what is in a cell, exactly, and the command that shows the
 * stacks of a part. The picture is complete without them. What comes in is the picture's own
 * <metadata>, specified in heatmap_pack.h. Nothing from it reaches the page but as text.
 */
const LINE_ABOVE = 28;
const script = document.currentScript;
const svg = script ? script.closest("svg") : null;
const packed = svg && svg.querySelector("metadata");
if (!packed)
	return;
const heat = unpack(packed.textContent);
const grids = [...svg.querySelectorAll("g.grid")];
const columns = columnsOf(svg), here = makeHere("#000"), range = makeRange();
const line = makeLine(heat.maps[0].y - LINE_ABOVE);
/* A place is a map, a column and a row; a part is two of them, of one map. */
let at = { map: 0, col: 0, row: heat.rows.findIndex((row) => row.kind !== "break") };
let anchor = null, chosen = null;

/* One row of the text above for each of these; cells as arrays by column and row. */
function unpack(text) {
	const lines = text.split("\n");
	let { head, i } = unpackHead(lines, "map ");
	const [x, w, h] = head.grid.split(" ").map((value) => value / 100);
	const [first, length, lead, cols] = head.times.split(" ").map(BigInt);
	const unit = head.unit.split(" ", 1)[0];
	const heat = { x, w, h, first, length, lead, cols: Number(cols), unit,
		noun: head.unit.slice(unit.length + 1), byTime: head.weight === "time",
		command: head.command, rows: head.rows.split(";").map(unpackRow), maps: [] };
	for (let map = 0; map < Number(head.maps); map++, i += 2)
		heat.maps.push(unpackMap(heat, lines[i], lines[i + 1]));
	return heat;
}

function unpackRow(text) {
	const [kind, y, h, first, last] = text.split(" ");
	return { kind, y: y / 100, h: h / 100, first: BigInt(first), last: BigInt(last) };
}

function unpackMap(heat, head, cells) {
	const [, y, count] = head.split(" ", 3);
	const r = reader(cells), map = { y: y / 100, count: parseInt(count, 10),
		...unpackGroup(head.slice(head.indexOf(";") - 1)), counts: new Map(), sums: new Map() };
	for (let cell = 0; r.more(); cell++) {
		cell += r.number();
		map.counts.set(cell, r.number());
		if (heat.byTime)
			map.sums.set(cell, r.number());
	}
	return map;
}

const countAt = (map, col, row) => heat.maps[map].counts.get(col * heat.rows.length + row) || 0;
const sumAt = (map, col, row) => heat.maps[map].sums.get(col * heat.rows.length + row) || 0;

/* When a column begins, in ns since the recording began. */
function startOf(col) {
	const ns = heat.first + BigInt(col) * heat.length - heat.lead;
	return ns > 0n ? ns : 0n;
}

/* "12.3": seconds, exactly, as --time takes them. */
function seconds(ns) {
	const rest = String(ns % 10n ** 9n).padStart(9, "0").replace(/0+$/, "");
	return ns / 10n ** 9n + (rest && "." + rest);
}

function rowText(row) {
	const { kind, first, last } = heat.rows[row];
	if (kind === "below")
		return "up to " + valueText(heat.unit, last);
	if (kind === "above")
		return valueText(heat.unit, first) + " and more";
	return rangeText(heat.unit, first, last);
}

function weightText(count, sum) {
	return eventsText(count) +
		(heat.byTime && count ? ", " + valueText(heat.unit, Math.round(sum)) : "");
}

/* "12.3 s to 12.4 s, 98.3 us to 106 us: 17 events, 1.2 % of 1,430 in the column; 67 % up to
 * here": the last is what a percentile is read off. */
function cellText({ map, col, row }) {
	let below = 0, all = 0;
	for (let i = 0; i < heat.rows.length; i++) {
		all += countAt(map, col, i);
		below += i <= row ? countAt(map, col, i) : 0;
	}
	const count = countAt(map, col, row);
	const name = heat.maps[map].name ? heat.maps[map].name + ", " : "";
	return name + seconds(startOf(col)) + " s to " + seconds(startOf(col + 1)) + " s, " +
		rowText(row) + ": " + weightText(count, sumAt(map, col, row)) + (all ? ", " +
		percent(count, all) + " of " + grouped(all) + " in the column; " +
		percent(below, all) + " up to here" : "");
}

/* Corners in any order, as the lowest and the highest column and row. */
function partOf(a, b) {
	return { map: a.map, cols: [Math.min(a.col, b.col), Math.max(a.col, b.col)],
		rows: [Math.min(a.row, b.row), Math.max(a.row, b.row)] };
}

function partText({ map, cols, rows }) {
	let count = 0, sum = 0;
	for (let col = cols[0]; col <= cols[1]; col++)
		for (let row = rows[0]; row <= rows[1]; row++) {
			count += countAt(map, col, row);
			sum += sumAt(map, col, row);
		}
	return weightText(count, sum);
}

function commandOf({ map, cols, rows }) {
	const first = heat.rows[rows[0]], last = heat.rows[rows[1]];
	if (!heat.command)
		return "";
	return heat.command + processWords(heat.maps[map]) + " --time " +
		seconds(startOf(cols[0])) + "s.." + seconds(startOf(cols[1] + 1)) + "s" +
		latencyWords(heat.unit, first.first, last.kind === "above" ? LAST : last.last);
}

function frame(box, { map, cols, rows }) {
	const low = heat.rows[rows[0]], high = heat.rows[rows[1]];
	layBox(box, heat.x + cols[0] * heat.w, heat.h - high.y - high.h,
		(cols[1] - cols[0] + 1) * heat.w, high.y + high.h - low.y);
	grids[map].append(box);
}

function show(place) {
	at = place;
	frame(here, partOf(at, at));
	if (anchor && anchor.map === at.map)
		frame(range, partOf(anchor, at));
	say();
}

function say() {
	const command = chosen ? commandOf(chosen) : "";
	let text = "drag, or click a first and a last cell, or walk with the arrows and press Enter twice";
	if (chosen)
		text = partText(chosen) + (command ? whose(heat.maps[chosen.map]) + ": " + command :
			"; no stacks of them were kept");
	else if (here.getAttribute("visibility") === "visible")
		text = cellText(at) + (anchor ? "; choose the last cell, or Escape" : "");
	line.textContent = fit(text, columns);
	svg.setAttribute("data-command", command);
}

function pick(place) {
	if (!anchor || anchor.map !== place.map) {
		anchor = place;
		chosen = null;
		frame(range, partOf(place, place));
	} else {
		chosen = partOf(anchor, place);
		anchor = null;
		frame(range, chosen);
	}
	say();
}

function clear() {
	anchor = chosen = null;
	range.setAttribute("visibility", "hidden");
	say();
}

function hide() {
	here.setAttribute("visibility", "hidden");
	say();
}

function placeAt(map, event) {
	const point = pointIn(grids[map], event);
	const col = Math.floor((point.x - heat.x) / heat.w), y = heat.h - point.y;
	const row = heat.rows.findIndex((row) => y >= row.y && y < row.y + row.h);
	return col >= 0 && col < heat.cols && row >= 0 && heat.rows[row].kind !== "break" ?
		{ map, col, row } : null;
}

/* Beyond the last row comes the map above or below. */
function climb(by) {
	let { map, row } = at;
	do {
		row += by;
		if (row < 0 || row >= heat.rows.length) {
			map -= by;
			row = by < 0 ? heat.rows.length - 1 : 0;
		}
	} while (heat.rows[row].kind === "break");
	if (heat.maps[map])
		show({ map, col: at.col, row });
}

function step(by) {
	if (at.col + by >= 0 && at.col + by < heat.cols)
		show({ map: at.map, col: at.col + by, row: at.row });
}

const actions = {
	ArrowUp: () => climb(1),
	ArrowDown: () => climb(-1),
	ArrowLeft: () => step(-1),
	ArrowRight: () => step(1),
	Enter: () => pick(at),
	" ": () => pick(at),
	Escape: clear,
};

/* A part that was drawn with the pointer ends where it is let go. */
function release(place) {
	if (anchor && anchor.map === place.map &&
		(place.col !== anchor.col || place.row !== anchor.row))
		pick(place);
}

function setUp(grid, map) {
	listenToPointer(grid, "heat map; arrows walk, Enter starts and ends a part",
		{ placeAt: (event) => placeAt(map, event), show, hide, pick, release });
	grid.addEventListener("focus", () => {
		if (at.map !== map)
			at = { map, col: at.col, row: at.row };
	});
}

svg.setAttribute("role", "group");
grids.forEach(setUp);
svg.append(line);
listenToKeys(svg, grids, actions);
say();
svg.setAttribute("data-ready", "1");

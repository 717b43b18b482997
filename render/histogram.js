/*
 * The tools of a histogram: what a bar is of, exactly, and the command that shows the stacks of a
 * part. The picture is complete without them. What comes in is the picture's own <metadata>,
 * specified in histogram_pack.h. Nothing from it reaches the page but as text.
 */
const LINE_ABOVE = 11;
const script = document.currentScript;
const svg = script ? script.closest("svg") : null;
const packed = svg && svg.querySelector("metadata");
const told = packed && unpack(packed.textContent);
if (!told || !told.panels.length)
	return;
const grid = svg.querySelector("g.grid");
const columns = columnsOf(svg), here = makeHere("#d07818"), range = makeRange();
const line = makeLine(told.y - LINE_ABOVE);
/* A place is a panel and a bar of it; a part is two of them, of one panel. */
let at = { panel: 0, bar: 0 }, anchor = null, chosen = null;

function unpack(text) {
	const lines = text.split("\n"), panels = [];
	let { head, i } = unpackHead([...lines, "panel "], "panel ");
	const [x, y, height] = head.grid.split(" ").map((value) => value / 100);
	for (; i + 1 < lines.length; i += 2)
		panels.push(unpackPanel(lines[i], lines[i + 1]));
	return { x, y, height, unit: head.unit, command: head.command, panels };
}

function unpackPanel(head, bars) {
	const [, y, cnt, sum] = head.split(" ", 4);
	return { y: y / 100, cnt: BigInt(cnt), sum: BigInt(sum),
		...unpackGroup(head.slice(head.indexOf(";") - 1)),
		bars: bars.split(";").map(unpackBar) };
}

function unpackBar(text) {
	const [x, width, first, last, cnt, sum] = text.split(" ");
	return { x: x / 100, width: width / 100, first: BigInt(first), last: BigInt(last),
		cnt: BigInt(cnt), sum: BigInt(sum) };
}

/* Its bars from one to another, as one. */
function partOf(a, b) {
	const panel = told.panels[a.panel], bars = panel.bars.slice(Math.min(a.bar, b.bar),
		Math.max(a.bar, b.bar) + 1);
	const first = bars[0], last = bars[bars.length - 1];
	return { panel, first: first.first, last: last.last, x: first.x,
		width: last.x + last.width - first.x,
		cnt: bars.reduce((sum, bar) => sum + bar.cnt, 0n),
		sum: bars.reduce((sum, bar) => sum + bar.sum, 0n) };
}

/* "118 us to 131 us: 1,204 events (12.3 %), 151 ms (4.1 %)"; a clipped sum is not told. */
function partText({ panel, first, last, cnt, sum }) {
	const isAmount = told.unit === "ns" || told.unit === "bytes";
	const name = panel.name ? panel.name + ", " : "";
	return name + rangeText(told.unit, first, last) + ": " + eventsText(cnt) + " (" +
		percent(cnt, panel.cnt) + ")" + (isAmount && panel.sum < LAST ? ", " +
		valueText(told.unit, sum) + " (" + percent(sum, panel.sum) + ")" : "");
}

/* What a percentile is read off. */
function upToText({ panel, bar }) {
	const upTo = partOf({ panel, bar: 0 }, { panel, bar });
	return "; " + percent(upTo.cnt, upTo.panel.cnt) + " up to here";
}

function commandOf({ panel, first, last }) {
	return told.command && told.command + processWords(panel) +
		latencyWords(told.unit, first, last);
}

function frame(box, { panel, x, width }) {
	layBox(box, told.x + x, panel.y, width, told.height);
	grid.append(box);
}

function show(place) {
	at = place;
	frame(here, partOf(at, at));
	if (anchor && anchor.panel === at.panel)
		frame(range, partOf(anchor, at));
	say();
}

function say() {
	const command = chosen ? commandOf(chosen) : "";
	let text = "drag, or click a first and a last bar, or walk with the arrows and press Enter twice";
	if (chosen)
		text = partText(chosen) + (command ? whose(chosen.panel) + ": " + command :
			"; no stacks of them were kept");
	else if (here.getAttribute("visibility") === "visible")
		text = partText(partOf(at, at)) + (anchor ? "; choose the last bar, or Escape" : upToText(at));
	line.textContent = fit(text, columns);
	svg.setAttribute("data-command", command);
}

function pick(place) {
	if (!anchor || anchor.panel !== place.panel) {
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

/* A part that was drawn with the pointer ends where it is let go. */
function release(place) {
	if (anchor && anchor.panel === place.panel && anchor.bar !== place.bar)
		pick(place);
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

function placeAt(event) {
	const point = pointIn(grid, event), x = point.x - told.x;
	const panel = told.panels.findIndex(({ y }) => point.y >= y && point.y < y + told.height);
	const bar = panel < 0 ? -1 :
		told.panels[panel].bars.findIndex((bar) => x >= bar.x && x < bar.x + bar.width);
	return bar < 0 ? null : { panel, bar };
}

function step(by) {
	const bar = at.bar + by;
	if (bar >= 0 && bar < told.panels[at.panel].bars.length)
		show({ panel: at.panel, bar });
}

/* To the panel above or below: the bar that stands nearest. */
function climb(by) {
	const panel = at.panel + by, from = told.panels[at.panel].bars[at.bar];
	if (!told.panels[panel])
		return;
	const bars = told.panels[panel].bars, far = (bar) => Math.abs(bar.x - from.x);
	show({ panel, bar: bars.reduce((best, bar, i) => far(bar) < far(bars[best]) ? i : best, 0) });
}

svg.setAttribute("role", "group");
listenToPointer(grid, "histogram; arrows walk, Enter starts and ends a part",
	{ placeAt, show, hide, pick, release });
listenToKeys(svg, [grid], {
	ArrowLeft: () => step(-1),
	ArrowRight: () => step(1),
	ArrowUp: () => climb(-1),
	ArrowDown: () => climb(1),
	Enter: () => pick(at),
	" ": () => pick(at),
	Escape: clear,
});
svg.append(line);
say();
svg.setAttribute("data-ready", "1");

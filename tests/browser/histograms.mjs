/*
 * What histograms promise, held against a real browser; called by pictures.mjs. The traces are
 * those of tests/golden/make_heatmaps.c.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const shown = {
	line: () => [...document.querySelectorAll("svg > text")].pop()?.textContent,
	command: () => document.documentElement.getAttribute("data-command"),
	chosen: () => document.querySelector("g.grid rect[fill-opacity]")?.getAttribute("visibility"),
	/* The middle of the bar whose tip begins so. */
	bar: (tip) => {
		const title = [...document.querySelectorAll("g.grid title")]
			.find((title) => title.textContent.startsWith(tip));
		const box = (title.closest("g.grid g") || title.parentElement).getBoundingClientRect();
		return [box.x + box.width / 2, box.y + box.height / 2];
	},
};

/* Panels as the picture's own figures have them. */
function panelsOf(file) {
	const text = readFileSync(file, "utf8").match(/<metadata>([^]*)<\/metadata>/)[1];
	const lines = text.split("\n"), first = lines.findIndex((line) => /^panels \d+$/.test(line)) + 1;
	const panels = [];
	for (let i = first; i + 1 < lines.length; i += 2)
		panels.push({ cnt: BigInt(lines[i].split(" ")[2]),
			bars: lines[i + 1].split(";").map((bar) => BigInt(bar.split(" ")[4])) });
	return { panels, outside: BigInt(text.match(/^outside (\d+)$/m)[1]) };
}

async function checkBars(tab, { test, equal, holds, render, page }) {
	await test("a histogram opens, sets up its tools and complains of nothing", async () => {
		await tab.open(render("modes.data", "modes.svg", "histogram"));
		equal(await tab.run(page.ready), "1", "data-ready");
		equal(tab.complaints, [], "complaints");
		equal(await tab.run(page.clash), [], "overlapping texts");
	});
	await test("a bar tells what it is of, as its tip does", async () => {
		await tab.open(render("modes.data", "modes.svg", "histogram"));
		await tab.move(...await tab.run(shown.bar, "872..940 ms"));
		equal(await tab.run(shown.line), "872 ms to 940 ms: 1 event (<0.01 %), 900 ms (0.03 %); " +
			"100 % up to here");
	});
	await test("a latency of 0 is told, and nothing lies before it", async () => {
		await tab.open(render("edges.data", "edges.svg", "histogram"));
		await tab.key("ArrowLeft");
		for (const key of ["Enter", "Enter"])
			await tab.key(key);
		const line = await tab.run(shown.line);
		holds(line.startsWith("0 ns to 1 ns: 1 event ("), line);
	});
}

async function checkParts(tab, { test, equal, holds, render, profile, folder }) {
	await test("keys choose a range, and its command draws the stacks of it", async () => {
		await tab.open(render("stall.data", "stall.svg", "histogram"));
		for (const key of ["Enter", ...Array(60).fill("ArrowRight"), "Enter"])
			await tab.key(key);
		const command = await tab.run(shown.command);
		holds(/^profile render flame \S+ -e block --latency \d+ns\.\.\d+ns$/.test(command), command);
		holds((await tab.run(shown.line)).endsWith(": " + command), "the line tells it");
		execFileSync("sh", ["-c", command.replace(/^profile/, '"$0"') + " -o " +
			join(folder, "range.svg"), profile]);
		holds(readFileSync(join(folder, "range.svg"), "utf8").includes("io_schedule"), "its stacks");
		await tab.key("Escape");
		equal(await tab.run(shown.command), "", "the command after Escape");
		equal(await tab.run(shown.chosen), "hidden", "the range after Escape");
		equal(tab.complaints, [], "complaints");
	});
	await test("clicks choose a range, in the panel that they are in", async () => {
		await tab.open(render("devices.data", "devices.svg", "histogram", "--by", "process"));
		await tab.key("ArrowDown");
		for (const key of ["Enter", "ArrowRight", "Enter"])
			await tab.key(key);
		const command = await tab.run(shown.command);
		holds(/ -e block --process \S+ --latency \d+ns\.\.\d+ns$/.test(command), command);
		equal(tab.complaints, [], "complaints");
	});
	await test("where no stacks were kept a histogram says so", async () => {
		await tab.open(render("many.data", "many.svg", "histogram"));
		for (const key of ["Enter", "Enter"])
			await tab.key(key);
		equal(await tab.run(shown.command), "");
		holds((await tab.run(shown.line)).endsWith("; no stacks of them were kept"), "said");
	});
}

async function checkSums(tab, { test, equal, render }) {
	const known = [["modes", 1000001], ["stall", 59050], ["one", 1], ["many", 1000000001],
		["edges", 1002]];
	await test("all bars, and what is outside, are all events", async () => {
		for (const [name, count] of known)
			for (const options of [[], ["--axis", "linear"], ["--width", "400"], ["--by", "process"],
				["--latency", "1ms.."]]) {
				const file = render(name + ".data", "sum.svg", "histogram", ...options).slice(7);
				const { panels, outside } = panelsOf(file);
				equal(Number(panels.flatMap((p) => p.bars).reduce((a, b) => a + b, outside)), count,
					name + " " + options.join(" "));
			}
	});
}

export async function checkHistograms(tab, tools) {
	await checkBars(tab, tools);
	await checkParts(tab, tools);
	await checkSums(tab, tools);
}

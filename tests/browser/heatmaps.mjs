/*
 * What latency heat maps promise, held against a real browser; called by pictures.mjs. The
 * traces are those of tests/golden/make_heatmaps.c.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const shown = {
	line: () => [...document.querySelectorAll("svg > text")].pop()?.textContent,
	command: () => document.documentElement.getAttribute("data-command"),
	chosen: () => document.querySelector("g.grid rect[fill-opacity]")?.getAttribute("visibility"),
	middle: (map, col, cols, height) => {
		const grid = document.querySelectorAll("g.grid")[map];
		const boxes = [...grid.querySelectorAll("rect.panel")].map((e) => e.getBoundingClientRect());
		const left = boxes[0].x, width = boxes[0].width;
		const top = Math.min(...boxes.map((b) => b.y)), end = Math.max(...boxes.map((b) => b.bottom));
		return [left + width * (col + 0.5) / cols, end - height * (end - top)];
	},
};

/* The events of a picture, by its own figures: in cells, and outside of it. */
export function figuresOf(file) {
	const text = readFileSync(file, "utf8").match(/<metadata>([^]*)<\/metadata>/)[1];
	const lines = text.split("\n"), numbers = [];
	const digit = (c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".indexOf(c);
	const first = lines.findIndex((line) => line.startsWith("maps ")) + 2;
	for (let i = first; lines[i] !== undefined; i += 2) {
		let value = 0n, shift = 0n;
		const row = [];
		for (const c of lines[i]) {
			value |= BigInt(digit(c) & 31) << shift;
			shift += 5n;
			if (digit(c) & 32)
				continue;
			row.push(value);
			value = shift = 0n;
		}
		numbers.push(row);
	}
	const step = lines.includes("weight time") ? 3 : 2;
	const count = numbers.flat().length && numbers.map((row) => row
		.filter((_, i) => i % step === 1).reduce((a, b) => a + b, 0n)).reduce((a, b) => a + b, 0n);
	return { count: Number(count), outside: Number(text.match(/^outside (\d+)$/m)[1]) };
}

async function checkCells(tab, { test, equal, render, page }) {
	await test("a latency heat map opens, sets up its tools and complains of nothing", async () => {
		await tab.open(render("modes.data", "modes.svg", "heatmap"));
		equal(await tab.run(page.ready), "1", "data-ready");
		equal(tab.complaints, [], "complaints");
		equal(await tab.run(page.clash), [], "overlapping texts");
	});
	await test("one event of a million is seen, and told", async () => {
		await tab.open(render("modes.data", "modes.svg", "heatmap"));
		await tab.move(...await tab.run(shown.middle, 0, 157, 300, 0.99));
		equal(await tab.run(shown.line), "31.4 s to 31.6 s, 805 ms to 940 ms: 1 event, " +
			"0.03 % of 3,334 in the column; 100 % up to here");
	});
	await test("cells of both ends of all values are told", async () => {
		await tab.open(render("edges.data", "edges.svg", "heatmap"));
		await tab.move(...await tab.run(shown.middle, 0, 4, 20, 0.01));
		equal(await tab.run(shown.line),
			"0.4 s to 0.5 s, 0 ns: 1 event, 2.0 % of 51 in the column; 2.0 % up to here");
		await tab.move(...await tab.run(shown.middle, 0, 11, 20, 0.97));
		equal((await tab.run(shown.line)).split(": ")[1].split(";")[0],
			"1 event, 2.0 % of 51 in the column");
	});
}

async function checkParts(tab, { test, equal, holds, render, profile, folder }) {
	await test("keys choose a part, and its command draws the stacks of it", async () => {
		await tab.open(render("stall.data", "stall.svg", "heatmap"));
		const [x, y] = await tab.run(shown.middle, 0, 118, 300, 0.99);
		await tab.move(x, y);
		for (const key of ["Enter", "ArrowDown", "ArrowRight", "Enter"])
			await tab.key(key);
		const command = await tab.run(shown.command);
		holds(/^profile render flame \S+ -e block --time 23\.6s\.\.24s --latency \d+ns\.\.\d+ns$/
			.test(command), command);
		holds((await tab.run(shown.line)).endsWith(": " + command), "the line tells it");
		execFileSync("sh", ["-c", command.replace(/^profile/, '"$0"') + " -o " +
			join(folder, "part.svg"), profile]);
		holds(readFileSync(join(folder, "part.svg"), "utf8").includes("io_schedule"), "the stack of it");
		await tab.key("Escape");
		equal(await tab.run(shown.command), "", "the command after Escape");
		equal(await tab.run(shown.chosen), "hidden", "the part after Escape");
		equal(tab.complaints, [], "complaints");
	});
	await test("clicks choose a part, in the map that they are in", async () => {
		await tab.open(render("devices.data", "devices.svg", "heatmap", "--by", "process"));
		await tab.click(...await tab.run(shown.middle, 1, 3, 50, 0.1));
		await tab.click(...await tab.run(shown.middle, 1, 7, 50, 0.9));
		const command = await tab.run(shown.command);
		holds(/ -e block --process db --time 0\.3s\.\.0\.8s --latency \d+ns\.\.\d+ns$/.test(command), command);
		equal(tab.complaints, [], "complaints");
	});
	await test("where no stacks were kept there is no command", async () => {
		await tab.open(render("many.data", "many.svg", "heatmap"));
		for (const key of ["Enter", "Enter"])
			await tab.key(key);
		equal(await tab.run(shown.command), "");
		holds((await tab.run(shown.line)).endsWith("; no stacks of them were kept"), "said");
	});
	await test("arrows walk over breaks of the axis and from map to map", async () => {
		await tab.open(render("devices.data", "devices.svg", "heatmap", "--by", "device"));
		await tab.key("ArrowDown");
		holds((await tab.run(shown.line)).startsWith("sdb, 0 s to 0.1 s, "), await tab.run(shown.line));
		for (const key of ["Enter", "Enter"])
			await tab.key(key);
		holds((await tab.run(shown.line)).startsWith("0 events of sdb, stacks of all: profile render flame "),
			await tab.run(shown.line));
		await tab.open(render("edges.data", "edges.svg", "heatmap"));
		await tab.key("ArrowUp");
		const line = await tab.run(shown.line);
		holds(/^0 s to 0\.1 s, \d\d\.\d us to /.test(line), line);
	});
}

async function checkSums(tab, { test, equal, render }) {
	const known = [["modes", 1000001], ["stall", 59050], ["one", 1], ["many", 1000000001],
		["edges", 1002], ["slices", 3000]];
	await test("all cells, and what is outside, are all events", async () => {
		for (const [name, count] of known) {
			const file = render(name + ".data", name + ".svg", "heatmap").slice(7);
			equal(figuresOf(file), { count, outside: 0 }, name);
		}
		for (const options of [["--latency", "1ms..5ms"], ["--time", "10s..20s"], ["--axis", "linear"],
			["--weight", "time"], ["--process", "nobody"], ["--by", "process"], ["--shade", "sqrt"],
			["--width", "400"], ["--time", "23.65s..23.95s", "--latency", "2ms.."]]) {
			const file = render("stall.data", "part.svg", "heatmap", ...options).slice(7);
			const { count, outside } = figuresOf(file);
			equal(count + outside, 59050, options.join(" "));
		}
	});
}

export async function checkLatencyMaps(tab, tools) {
	await checkCells(tab, tools);
	await checkParts(tab, tools);
	await checkSums(tab, tools);
}

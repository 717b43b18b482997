/*
 * What the pictures promise, held against a real browser. Called by ./run:
 *
 *	node pictures.mjs CHROMIUM PROFILE FOLDER
 */
import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { Chromium } from "./chromium.mjs";
import { checkHistograms } from "./histograms.mjs";
import { checkLatencyMaps } from "./heatmaps.mjs";

const [, , program, profile, folder] = process.argv;
const CTRL = 2;
let number = 0, failed = 0;

async function test(promise, body) {
	number++;
	try {
		await tab.scripts(true);
		await body();
		console.log(`ok ${number} - ${promise}`);
	} catch (error) {
		failed++;
		console.log(`not ok ${number} - ${promise}`);
		console.log(String(error.stack ?? error).replace(/^/gm, "# "));
	}
}

function equal(got, wanted, what = "") {
	if (JSON.stringify(got) !== JSON.stringify(wanted))
		throw new Error(`${what} is ${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`);
}

function holds(condition, what) {
	if (!condition)
		throw new Error("does not hold: " + what);
}

function near(got, wanted, within, what) {
	holds(Math.abs(got - wanted) <= within, `${what}: ${got} is within ${within} of ${wanted}`);
}

function render(input, output, ...options) {
	execFileSync(profile, ["render", ...options.slice(0, 1), join(folder, input), "-o",
		join(folder, output), ...options.slice(1)], { stdio: ["ignore", "ignore", "pipe"] });
	return "file://" + join(folder, output);
}

/* What the page shows, asked from inside it. */
const page = {
	ready: () => document.querySelector("svg").getAttribute("data-ready"),
	frames: () => [...document.querySelectorAll("g.frames g")].map((g) => {
		const rect = g.querySelector("rect");
		return { label: g.querySelector("text")?.textContent ?? "",
			tip: g.querySelector("title").textContent, fill: rect.getAttribute("fill"),
			x: Number(rect.getAttribute("x")), y: Number(rect.getAttribute("y")),
			w: Number(rect.getAttribute("width")) };
	}),
	line: () => [...document.querySelectorAll("svg > text")].pop()?.textContent,
	focused: () => document.activeElement.querySelector("title")?.textContent,
	overflowing: () => [...document.querySelectorAll("g.frames g")].filter((g) => {
		const text = g.querySelector("text"), rect = g.querySelector("rect");
		return text && text.getBBox().x + text.getComputedTextLength() >
			rect.getBBox().x + rect.getBBox().width + 1;
	}).map((g) => g.textContent),
	clash: () => {
		const texts = [...document.querySelectorAll("text")].filter((t) => t.textContent);
		const boxes = texts.map((t) => [t.textContent, t.getBoundingClientRect()]);
		return boxes.flatMap(([a, p], i) => boxes.slice(i + 1).filter(([, q]) =>
			p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 3 &&
			q.top < p.bottom - 3).map(([b]) => a + " / " + b));
	},
};

const byLabel = (frames, label) => {
	const found = frames.find((frame) => frame.label === label);
	holds(found, `a frame '${label}' among ${frames.map((frame) => frame.label)}`);
	return found;
};

async function middleOf(tab, label) {
	return tab.run((wanted) => {
		const g = [...document.querySelectorAll("g.frames g")]
			.find((e) => e.querySelector("text")?.textContent === wanted);
		const box = g.querySelector("rect").getBoundingClientRect();
		return [box.x + box.width / 2, box.y + box.height / 2];
	}, label);
}

async function clickFrame(tab, label) {
	await tab.click(...await middleOf(tab, label));
}

function contrast(fill) {
	const hex = fill.length === 4 ? fill.slice(1).replace(/./g, "$&$&") : fill.slice(1);
	const [r, g, b] = [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255)
		.map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
	return (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05) / 0.05;
}

/* The headers of reference sites, and what they leave of a picture. */
const POLICIES = {
	"/plain/": {},
	"/raw/": { "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox" },
	"/attachment/": { "Content-Security-Policy":
		"default-src 'none'; script-src 'none'; img-src 'self'; sandbox" },
	"/ci/": { "Content-Security-Policy":
		"sandbox; default-src 'none'; img-src 'self'; style-src 'self'" },
};

function serve() {
	const server = createServer((request, response) => {
		const name = request.url.split("/").pop().split("#")[0];
		const policy = Object.keys(POLICIES).find((start) => request.url.startsWith(start));
		try {
			const body = readFileSync(join(folder, name));
			response.writeHead(200, { "Content-Type": name.endsWith(".html") ? "text/html" :
				"image/svg+xml", ...POLICIES[policy] });
			response.end(body);
		} catch {
			response.writeHead(404).end();
		}
	});
	return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

async function checkOpening(tab, known) {
	await test("a flame graph opens, sets up its tools and complains of nothing", async () => {
		await tab.open(known);
		equal(await tab.run(page.ready), "1", "data-ready");
		equal(tab.complaints, [], "complaints");
		equal(await tab.run(() => document.documentElement.getAttribute("role")), "group");
		holds((await tab.run(page.frames)).length >= 14, "all frames are there");
	});
	for (const picture of [known, render("known.data", "timed.svg", "flame"),
		render("waits.data", "chain.svg", "chain")])
		await test("script and static picture agree on every frame", async () => {
			await tab.scripts(false);
			await tab.open(picture);
			const still = await tab.run(page.frames);
			await tab.scripts(true);
			await tab.open(picture);
			const live = await tab.run(page.frames);
			for (const frame of still.filter((f) => f.label)) {
				const twin = live.find((f) => f.tip === frame.tip && f.y === frame.y &&
					Math.abs(f.x - frame.x) < 0.02);
				holds(twin, "a twin of " + frame.tip);
				equal([twin.label, twin.fill], [frame.label, frame.fill], frame.tip);
				near(twin.w, frame.w, 0.02, frame.tip);
			}
		});
	await test("the script writes numbers as the program does", async () => {
		const words = readFileSync(new URL("../../render/flame_words.js", import.meta.url), "utf8");
		const say = runInNewContext(words + "; ({ duration, size, percent })");
		const lines = readFileSync(join(folder, "units"), "utf8").trim().split("\n");
		holds(lines.length > 20000, "many values");
		const wrong = lines.filter((line) => {
			const [what, values, text] = line.split("\t");
			return say[what](...values.split(" ").map(Number)) !== text;
		});
		equal(wrong.slice(0, 5), [], "values written otherwise");
	});
	await test("labels stay in their boxes and no two texts overlap", async () => {
		await tab.open(known);
		equal(await tab.run(page.overflowing), [], "overflowing labels");
		equal(await tab.run(page.clash), [], "overlapping texts");
	});
	await test("every fill carries black text at 4.5:1, also when zoomed or matched", async () => {
		await tab.open(known);
		await clickFrame(tab, "parse");
		await tab.type("/read");
		for (const frame of await tab.run(page.frames))
			holds(contrast(frame.fill) >= 4.5, frame.fill + " is light enough");
	});
}

async function checkZoom(tab, known) {
	await test("a click zooms: the frame takes the width, its callers stay, faded", async () => {
		await tab.open(known);
		const before = await tab.run(page.frames);
		await clickFrame(tab, "parse");
		const after = await tab.run(page.frames), all = byLabel(after, "all");
		near(byLabel(after, "parse").w, all.w, 0.01, "parse as wide as all");
		holds(byLabel(before, "parse").w < all.w / 2, "parse was narrower");
		equal(byLabel(after, "main").w, all.w, "main's width");
		holds(byLabel(after, "main").fill !== byLabel(before, "main").fill, "main is faded");
		holds(!after.some((frame) => frame.label === "walk"), "walk is out of view");
		near(byLabel(after, "copy").w / all.w, 1 / 3, 0.01, "copy's share of parse");
	});
	await test("a link to a zoomed frame opens it again, in another picture too", async () => {
		await tab.open(known);
		await clickFrame(tab, "parse");
		const link = await tab.run(() => location.hash);
		holds(/^#frame-[0-9a-f]{16}$/.test(link), "a link: " + link);
		const narrow = render("known.folded", "narrow.svg", "icicle", "--width", "700");
		await tab.open(narrow + link);
		const frames = await tab.run(page.frames);
		near(byLabel(frames, "parse").w, byLabel(frames, "all").w, 0.01, "parse as wide as all");
		await tab.open(known + "#frame-0123456789abcdef");
		equal(tab.complaints, [], "complaints about a link to nothing");
	});
	await test("Escape resets, and the address forgets the frame", async () => {
		await tab.open(known);
		await clickFrame(tab, "parse");
		await tab.key("Escape");
		holds((await tab.run(page.frames)).some((frame) => frame.label === "walk"), "walk is back");
		equal(await tab.run(() => location.hash), "", "location.hash");
	});
	await test("i turns flame into icicle and back", async () => {
		await tab.open(known);
		const y = async (label) => byLabel(await tab.run(page.frames), label).y;
		holds(await y("all") > await y("main"), "root at the bottom");
		await tab.key("i");
		holds(await y("all") < await y("main"), "root on top");
		await tab.key("i");
		holds(await y("all") > await y("main"), "root at the bottom again");
	});
}

async function checkSearch(tab, known) {
	const search = async (query) => {
		await tab.open(known);
		await tab.key("/");
		await tab.type(query);
		await tab.key("Enter");
		return tab.run(page.line);
	};
	await test("search counts a stack once, however many of its frames match", async () => {
		await tab.open(known);
		await tab.key("/");
		await tab.type("walk");
		holds((await tab.run(page.line)).startsWith("matched 40.0 % (40 samples, 1 place)"),
			await tab.run(page.line));
		const lit = (await tab.run(page.frames)).filter((frame) => frame.fill === "#f06be0");
		equal(lit.length, 3, "lit frames");
	});
	await test("Enter goes to the match, n to the next, N back", async () => {
		await search("^(read|copy|idle)$");
		const tips = [await tab.run(page.focused)];
		for (const key of ["n", "n", "N"]) {
			await tab.key(key);
			tips.push(await tab.run(page.focused));
		}
		equal(tips.map((tip) => tip.split(" ")[0]), ["read", "copy", "idle", "copy"]);
	});
	await test("a half-typed or hostile expression breaks nothing", async () => {
		await tab.open(known);
		await tab.key("/");
		await tab.type("a(");
		holds((await tab.run(page.line)).startsWith("not a regular expression"), "says so");
		await tab.type("|b)");
		holds((await tab.run(page.line)).startsWith("matched"), "goes on");
		await tab.run(() => {
			const input = document.querySelector("input");
			input.value = "<img src=x onerror=window.pwned=1>".repeat(20);
			input.dispatchEvent(new Event("input"));
		});
		equal(await tab.run(() => window.pwned ?? null), null, "pwned");
		equal(tab.complaints, [], "complaints");
	});
	await test("an expression that is none any more leaves nothing lit", async () => {
		const lit = async () => (await tab.run(page.frames)).filter((f) => f.fill === "#f06be0");
		await tab.open(known);
		await tab.key("/");
		await tab.type("walk");
		equal((await lit()).length, 3, "lit frames");
		await tab.type("(");
		equal(await lit(), [], "lit frames");
	});
	await test("Enter without a match gives the keys back to the frames", async () => {
		const line = await search("nothing_is_called_so");
		holds(line.startsWith("matched 0 %"), line);
		holds((await tab.run(page.focused)).startsWith("all: "), "the frame has the focus");
		await tab.key("Enter");
		await tab.key("/");
		equal(await tab.run(() => document.activeElement.tagName.toLowerCase()), "input");
	});
	await test("a share that smaller frames may add to is called at least so much", async () => {
		await tab.open(render("leaves.folded", "leaves.svg", "flame"));
		await tab.key("/");
		await tab.type("^x");
		const line = await tab.run(page.line), hidden = await tab.run(() =>
			Number(/\nhidden (\d+)\n/.exec(document.querySelector("metadata").textContent)[1]));
		holds(hidden > 10000, hidden + " frames are hidden");
		equal(line, "matched at least 0 % (0 samples, 0 places; " + hidden.toLocaleString("en-US") +
			" smaller frames not searched): ^x");
	});
	await test("Ctrl-F searches in a picture of its own", async () => {
		await tab.open(known);
		await tab.key("f", CTRL);
		equal(await tab.run(() => document.activeElement.tagName.toLowerCase()), "input");
	});
}

async function checkKeys(tab, known) {
	await test("arrows walk to callees, callers and along the row; Enter zooms", async () => {
		await tab.open(known);
		await tab.run(() => document.querySelector("g.frames [tabindex='0']").focus());
		const at = async () => (await tab.run(page.focused)).split(" ")[0].split(":")[0];
		const path = [await at()];
		for (const key of ["ArrowUp", "ArrowUp", "ArrowLeft", "ArrowRight", "ArrowDown"]) {
			await tab.key(key);
			path.push(await at());
		}
		equal(path, ["all", "main", "walk", "parse", "walk", "main"]);
		await tab.key("ArrowUp");
		await tab.key("Enter");
		near(byLabel(await tab.run(page.frames), "walk").w,
			byLabel(await tab.run(page.frames), "all").w, 0.01, "walk as wide as all");
		await tab.key("Backspace");
		holds((await tab.run(page.frames)).some((f) => f.label === "parse"), "one level back");
	});
	await test("one frame takes the tab key, and all have names and levels to be read out", async () => {
		await tab.open(known);
		equal(await tab.run(() => document.querySelectorAll("g.frames [tabindex='0']").length), 1);
		await tab.send("Accessibility.enable");
		const { nodes } = await tab.send("Accessibility.getFullAXTree");
		const items = nodes.filter((node) => node.role?.value === "treeitem");
		const names = items.map((node) => node.name.value);
		holds(names.some((name) => name.startsWith("copy (kernel): 10 samples")), names.join());
		holds(items.every((node) => node.properties.some((p) => p.name === "level")), "levels");
	});
	await test("help opens and closes, and pointing tells the numbers", async () => {
		await tab.open(known);
		await tab.key("?");
		holds((await tab.run(() => document.documentElement.textContent)).includes("next match"),
			"the list of keys");
		await tab.key("Escape");
		await tab.move(...await middleOf(tab, "parse"));
		equal(await tab.run(page.line), "parse (user): 30 samples, 30.0 %");
	});
}

async function checkHostileNames(tab) {
	const url = render("hostile.folded", "hostile.svg", "flame",
		"--title", "</title><script>window.pwned=9</script>");
	await test("hostile names are text and nothing else", async () => {
		await tab.open(url);
		equal(await tab.run(page.ready), "1", "data-ready");
		for (const key of ["i", "i"])
			await tab.key(key);
		await tab.key("/");
		await tab.type("script");
		equal(await tab.run(() => window.pwned ?? null), null, "pwned");
		equal(await tab.run(() => document.querySelectorAll("script").length), 1, "scripts");
		equal(await tab.run(() => document.querySelectorAll("image,img,a,iframe,use").length), 0);
		equal(await tab.run(() => [...document.querySelectorAll("*")].filter((element) =>
			[...element.attributes].some((a) => /^on|href|src/.test(a.name))).length), 0);
		equal([tab.complaints, tab.dialogs], [[], 0], "complaints and dialogs");
	});
	await test("what a terminal or a reader could mistake is made visible", async () => {
		await tab.open(url);
		const tips = (await tab.run(page.frames)).map((frame) => frame.tip).join("\n");
		for (const part of ["esc\\x1b[31mred", "\\x01\\x02\\x1f\\x7f", "bad\\xff\\xfeutf8\\xc0\\x80",
			"surrogate\\xed\\xa0\\x80", "\\u{fffe}\\u{ffff}", "bidi\\u{202e}live\\u{2066}",
			"f&amp (", "&#60 (", "</script><script>", "wide\u{1f600}\u4e2d\u6587"])
			holds(tips.includes(part), part + " in\n" + tips);
	});
	await test("the same picture inline in a page is as harmless", async () => {
		const svg = readFileSync(join(folder, "hostile.svg"), "utf8");
		writeFileSync(join(folder, "inline.html"), "<!doctype html><body>" + svg);
		await tab.open("file://" + join(folder, "inline.html"));
		equal(await tab.run(page.ready), "1", "data-ready");
		equal(await tab.run(() => window.pwned ?? null), null, "pwned");
		equal(await tab.run(() => document.querySelectorAll("script").length), 1, "scripts");
	});
}

async function checkPlaces(tab, port, known) {
	const site = "http://127.0.0.1:" + port;
	for (const path of Object.keys(POLICIES))
		await test(`served as ${path}: complete, whatever the policy leaves`, async () => {
			await tab.open(site + path + "known.svg");
			const frames = await tab.run(page.frames);
			holds(byLabel(frames, "parse").w > 300, "frames have their place");
			equal(await tab.run(page.ready), path === "/plain/" ? "1" : null, "data-ready");
			const text = await tab.run(() => document.documentElement.textContent);
			holds(text.includes("100 samples") && text.includes("kernel"), "title and legend");
			equal(await tab.run(page.clash), [], "overlapping texts");
		});
	await test("in <img> under every policy, at its size", async () => {
		const images = Object.keys(POLICIES).map((path) => `<img src="${path}known.svg">`);
		writeFileSync(join(folder, "images.html"), "<!doctype html>" + images.join(""));
		await tab.open(site + "/images.html");
		equal(await tab.run(() => [...document.images].map((i) => i.naturalWidth)),
			[1200, 1200, 1200, 1200]);
	});
	await test("in a sandboxed iframe that allows scripts, and in <object>", async () => {
		writeFileSync(join(folder, "frames.html"), "<!doctype html><body>" +
			"<object data='/plain/known.svg' width=900 height=400></object>" +
			"<iframe sandbox='allow-scripts' src='/plain/known.svg' width=900 height=400></iframe>");
		await tab.open(site + "/frames.html");
		equal(await tab.run(() => document.querySelector("object").contentDocument
			.documentElement.getAttribute("data-ready")), "1", "object");
		equal(await tab.runInFrame("iframe", page.ready), "1", "iframe");
		equal(tab.complaints, [], "complaints");
	});
	await test("two pictures inline in one page do not disturb one another", async () => {
		render("known.folded", "other.svg", "flame", "--title", "another");
		const read = (name) => readFileSync(join(folder, name), "utf8");
		writeFileSync(join(folder, "two.html"), "<!doctype html><body>" + read("known.svg") +
			read("other.svg"));
		await tab.open("file://" + join(folder, "two.html"));
		await clickFrame(tab, "parse");
		const state = await tab.run(() => [...document.querySelectorAll("svg")].map((svg) =>
			[svg.id, svg.getAttribute("data-ready"), svg.querySelectorAll("g.frames g").length]));
		holds(state[0][0] !== state[1][0], "ids differ");
		equal([state[0][1], state[1][1]], ["1", "1"], "data-ready");
		holds(state[0][2] < state[1][2], "only one is zoomed");
		const ids = await tab.run(() => [...document.querySelectorAll("[id]")].map((e) => e.id));
		equal(new Set(ids).size, ids.length, "distinct ids");
	});
	await test("inline in a page, keys go on working after a flip and a search", async () => {
		const svg = readFileSync(join(folder, "known.svg"), "utf8");
		const y = async (label) => byLabel(await tab.run(page.frames), label).y;
		writeFileSync(join(folder, "one.html"), "<!doctype html><body>" + svg);
		await tab.open("file://" + join(folder, "one.html"));
		await clickFrame(tab, "parse");
		const at = await y("parse");
		await tab.key("i");
		holds(await y("parse") !== at, "turned");
		await tab.key("i");
		equal(await y("parse"), at, "parse, turned back");
		await tab.key("/");
		await tab.type("nothing_is_called_so");
		await tab.key("Enter");
		await tab.key("i");
		holds(await y("parse") !== at, "turned after a search");
	});
	await test("a page's own place in its address is not ours to wipe out", async () => {
		const url = "file://" + join(folder, "one.html");
		await tab.open(url + "#chapter2");
		await tab.run(() => document.querySelector("g.frames [tabindex='0']").focus());
		await tab.key("Escape");
		equal(await tab.run(() => location.hash), "#chapter2", "location.hash");
		await clickFrame(tab, "parse");
		holds(/^#profile-[0-9a-f]{6}-/.test(await tab.run(() => location.hash)), "our link");
		await tab.key("Escape");
		equal(await tab.run(() => location.hash), "", "location.hash after our own");
	});
	await test("without script the file has none, and says the same", async () => {
		await tab.open(render("known.folded", "still.svg", "flame", "--no-script"));
		equal(await tab.run(() => document.querySelectorAll("script, metadata").length), 0);
		holds((await tab.run(page.frames)).length >= 14, "frames");
		equal(await tab.run(() => document.documentElement.getAttribute("role")), "img");
	});
}

async function checkMany(tab) {
	await test("20,000 frames: drawn, zoomed and searched", async () => {
		const all = render("many.folded", "all.svg", "flame", "--max-frames", "50000",
			"--width", "20000");
		await tab.scripts(false);
		await tab.open(all);
		const drawn = await tab.run(() => document.querySelectorAll("g.frames rect").length +
			[...document.querySelectorAll("g.frames path")].reduce((sum, path) =>
				sum + path.getAttribute("d").split("M").length - 1, 0));
		holds(drawn > 20000, "more than 20,000 frames, not " + drawn);
		await tab.scripts(true);
		await tab.open(all);
		equal(await tab.run(page.ready), "1", "data-ready");
		await tab.open(render("many.folded", "many.svg", "flame"));
		equal(await tab.run(page.ready), "1", "data-ready");
		await tab.key("/");
		await tab.type("function_number_77_");
		await tab.key("Enter");
		holds((await tab.run(page.line)).includes("function_number_77_"), await tab.run(page.line));
		const frames = await tab.run(page.frames);
		holds(frames.some((frame) => frame.tip.startsWith("function_number_77_")),
			"the match is in view, though too narrow for the whole picture");
		equal(tab.complaints, [], "complaints");
	});
}

async function checkHeatMap(tab) {
	const url = render("known.data", "heat.svg", "subsecond");
	await test("a heat map tells what a cell holds", async () => {
		await tab.open(url);
		equal(await tab.run(page.ready), "1", "data-ready");
		const at = await tab.run(() => {
			const box = document.querySelector("g.grid rect.panel").getBoundingClientRect();
			return [box.x + box.width * 7.5 / 40, box.y + box.height * (1 - 10.5 / 50)];
		});
		await tab.move(...at);
		equal(await tab.run(page.line), "second 7 +200..220 ms: 2 samples");
		equal(await tab.run(page.clash), [], "overlapping texts");
	});
	await test("a range, by keys or clicks, gives the command that shows its stacks", async () => {
		await tab.open(url);
		for (const key of ["ArrowRight", "Enter", "ArrowRight", "ArrowUp", "Enter"])
			await tab.key(key);
		const command = await tab.run(() => document.documentElement.getAttribute("data-command"));
		holds(/^profile render flame \S+ -e cpu --time 1s\.\.2\.04s$/.test(command), command);
		equal(await tab.run(page.line), "2 samples: " + command);
		execFileSync("sh", ["-c", command.replace(/^profile/, '"$0"') + " -o " +
			join(folder, "range.svg"), profile]);
		const svg = readFileSync(join(folder, "range.svg"), "utf8");
		holds(svg.includes("20.0 ms of CPU (2 samples at 100 Hz)"), "the same two samples");
		equal(tab.complaints, [], "complaints");
	});
	await test("a part of a trace is drawn from its own second", async () => {
		await tab.open(render("known.data", "part.svg", "subsecond", "--time", "17s..19s"));
		await tab.key("ArrowUp");
		equal((await tab.run(page.line)).split(":")[0], "second 17 +20..40 ms");
	});
	await test("a dark page changes the ground and the words, not the frames", async () => {
		const fills = () => tab.run(() => ["rect.paper", "text.ink", "text.dim", "g.frames rect"]
			.map((what) => getComputedStyle(document.querySelector(what)).fill));
		await tab.open(render("known.folded", "known.svg", "flame"));
		const light = await fills();
		await tab.send("Emulation.setEmulatedMedia",
			{ features: [{ name: "prefers-color-scheme", value: "dark" }] });
		await tab.open("file://" + join(folder, "known.svg"));
		const dark = await fills();
		await tab.send("Emulation.setEmulatedMedia", { features: [] });
		equal(light, ["rgb(255, 255, 255)", "rgb(26, 26, 26)", "rgb(86, 86, 86)", dark[3]]);
		equal(dark.slice(0, 3), ["rgb(27, 28, 31)", "rgb(236, 236, 236)", "rgb(180, 180, 184)"]);
	});
	await test("a flame graph of a trace tells machine, time and event", async () => {
		await tab.open(render("known.data", "trace.svg", "flame"));
		const text = await tab.run(() => document.documentElement.textContent);
		for (const part of ["4.40 s of CPU (440 samples at 100 Hz)", "in 40.0 s", "cpu-clock",
			"all processes", "db-7", "Linux 6.12.1 x86_64", "2 CPUs", "2023-11-14 22:13:20 UTC",
			"no samples lost"])
			holds(text.includes(part), part);
		equal(await tab.run(page.clash), [], "overlapping texts");
	});
}

async function checkChain(tab) {
	const chain = render("waits.data", "chain.svg", "chain");
	await test("a frame of a chain tells its time, share and which waker it is of how many", async () => {
		await tab.open(chain);
		await tab.move(...await middleOf(tab, "reply"));
		equal(await tab.run(page.line), "reply (waker 1 of 2, user): 5.00 s, 52.6 %");
		await tab.move(...await middleOf(tab, "io_schedule"));
		equal(await tab.run(page.line), "io_schedule (blocked, kernel): 2.00 s, 21.1 %");
		equal(tab.complaints, [], "complaints");
	});
	await test("a name in several links of one chain counts once", async () => {
		await tab.open(chain);
		await tab.type("/wake_up");
		/* 2 s of db's wait and 5 s of web's, where the 4 s of link 2 lie within. */
		equal(await tab.run(page.line), "matched 73.7 % (7.00 s, 2 places): wake_up");
		const lit = (await tab.run(page.frames)).filter((f) => f.fill === "#f06be0");
		equal(lit.map((f) => f.label), ["wake_up", "wake_up", "wake_up"], "lit frames");
	});
	await test("links keep their colours, separators and places when zoomed and walked", async () => {
		await tab.open(chain);
		const before = await tab.run(page.frames);
		await clickFrame(tab, "reply");
		const after = await tab.run(page.frames);
		near(byLabel(after, "[softirq]").w / byLabel(after, "all").w, 0.8, 0.01, "softirq of reply");
		equal(byLabel(after, "blk_done").fill,
			before.find((f) => f.label === "blk_done" && f.tip.includes("waker 2")).fill, "waker 2");
		await tab.key("ArrowUp");
		equal(await tab.run(page.focused),
			"serve (waker 1 of 2, user): 5.00 s, 52.6 %, 100 % of the zoomed");
		equal(await tab.run(page.clash), [], "overlapping texts");
	});
	await test("every fill of a chain and of wall time carries black text", async () => {
		for (const picture of [chain, render("waits.data", "wall.svg", "flame", "-e", "wall")]) {
			await tab.open(picture);
			for (const frame of await tab.run(page.frames))
				holds(contrast(frame.fill) >= 4.5, frame.fill + " is light enough");
		}
	});
}

const known = render("known.folded", "known.svg", "flame");
const server = await serve();
const browser = new Chromium(program);
const tab = await browser.page();
await checkOpening(tab, known);
await checkZoom(tab, known);
await checkSearch(tab, known);
await checkKeys(tab, known);
await checkHostileNames(tab);
await checkPlaces(tab, server.address().port, known);
await checkMany(tab);
await checkHeatMap(tab);
await checkLatencyMaps(tab, { test, equal, holds, render, page, profile, folder });
await checkHistograms(tab, { test, equal, holds, render, page, profile, folder });
await checkChain(tab);
await browser.close();
server.close();
console.log("1.." + number);
process.exit(failed ? 1 : 0);

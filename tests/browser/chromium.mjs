/*
 * A headless Chromium, driven through the pipe that it offers (--remote-debugging-pipe):
 * JSON messages that end in NUL, written to its descriptor 3 and read from its 4. Nothing
 * but node is needed.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const QUIET = [
	"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
	"--disable-background-networking", "--disable-component-update", "--disable-sync",
	"--disable-dev-shm-usage", "--hide-scrollbars", "--force-device-scale-factor=1",
	"--allow-file-access-from-files", "--disable-features=IsolateSandboxedIframes",
];
const PATIENCE_MS = 120000; /* with a machine that is busy; no test is about time */

export class Chromium {
	constructor(program) {
		this.folder = mkdtempSync(join(tmpdir(), "profile-browser-"));
		this.child = spawn(program, [...QUIET, "--remote-debugging-pipe",
			"--user-data-dir=" + this.folder, "about:blank"],
			{ stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
		this.calls = new Map();
		this.listeners = new Set();
		this.last = 0;
		let rest = "";
		this.child.stdio[4].on("data", (bytes) => {
			const parts = (rest + bytes).split("\0");
			rest = parts.pop();
			parts.forEach((part) => this.receive(JSON.parse(part)));
		});
	}

	receive(message) {
		const call = this.calls.get(message.id);
		this.calls.delete(message.id);
		if (call && message.error)
			call.reject(new Error(message.error.message));
		else if (call)
			call.resolve(message.result);
		else
			this.listeners.forEach((listener) => listener(message));
	}

	send(method, params = {}, sessionId = undefined) {
		const id = ++this.last;
		this.child.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + "\0");
		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => reject(new Error(method + ": no answer")), PATIENCE_MS);
			const done = (then) => (value) => { clearTimeout(timer); then(value); };
			this.calls.set(id, { resolve: done(resolve), reject: done(reject) });
		});
	}

	async page(width = 1200, height = 900) {
		const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
		const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
		const page = new Page(this, targetId, sessionId);
		this.listeners.add((message) => page.receive(message));
		await page.send("Page.enable");
		await page.send("Runtime.enable");
		await page.send("Emulation.setDeviceMetricsOverride",
			{ width, height, deviceScaleFactor: 1, mobile: false });
		return page;
	}

	async close() {
		const ended = new Promise((resolve) => this.child.once("exit", resolve));
		const timer = setTimeout(() => this.child.kill("SIGKILL"), PATIENCE_MS);
		this.send("Browser.close").catch(() => {});
		await ended;
		clearTimeout(timer);
		/* Children of its own may still write there for a moment. */
		rmSync(this.folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 });
	}
}

class Page {
	constructor(browser, target, session) {
		Object.assign(this, { browser, target, session, complaints: [], dialogs: 0 });
		this.waiting = new Map();
	}

	send(method, params) {
		return this.browser.send(method, params, this.session);
	}

	receive(message) {
		if (message.sessionId !== this.session)
			return;
		if (message.method === "Runtime.exceptionThrown")
			this.complaints.push(message.params.exceptionDetails.exception?.description ??
				message.params.exceptionDetails.text);
		if (message.method === "Page.javascriptDialogOpening") {
			this.dialogs++;
			this.send("Page.handleJavaScriptDialog", { accept: false });
		}
		this.waiting.get(message.method)?.(message.params);
	}

	event(method) {
		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => reject(new Error("no " + method)), PATIENCE_MS);
			this.waiting.set(method, (params) => { clearTimeout(timer); resolve(params); });
		});
	}

	async open(url) {
		const blank = this.event("Page.loadEventFired");
		await this.send("Page.navigate", { url: "about:blank" });
		await blank;
		this.complaints = [];
		const loaded = this.event("Page.loadEventFired");
		await this.send("Page.navigate", { url });
		await loaded;
	}

	async scripts(allowed) {
		await this.send("Emulation.setScriptExecutionDisabled", { value: !allowed });
	}

	/* The value of an expression, or of a function called with plain arguments. */
	async run(what, ...args) {
		const expression = typeof what === "function" ?
			"(" + what + ")(" + args.map((arg) => JSON.stringify(arg)).join(",") + ")" : what;
		const answer = await this.send("Runtime.evaluate",
			{ expression, returnByValue: true, awaitPromise: true });
		if (answer.exceptionDetails)
			throw new Error(answer.exceptionDetails.exception?.description ?? "exception");
		return answer.result.value;
	}

	/* The same inside a frame whose page the one around it may not look into. */
	async runInFrame(selector, what) {
		const { root } = await this.send("DOM.getDocument");
		const { nodeId } = await this.send("DOM.querySelector", { nodeId: root.nodeId, selector });
		const { node } = await this.send("DOM.describeNode", { nodeId });
		const { executionContextId: contextId } = await this.send("Page.createIsolatedWorld",
			{ frameId: node.frameId });
		const { result } = await this.send("Runtime.evaluate",
			{ expression: "(" + what + ")()", contextId, returnByValue: true });
		return result.value;
	}

	async key(key, modifiers = 0) {
		const text = key.length === 1 && !modifiers ? key : key === "Enter" ? "\r" : undefined;
		const code = { Enter: 13, Escape: 27, Backspace: 8, ArrowUp: 38, ArrowDown: 40,
			ArrowLeft: 37, ArrowRight: 39 }[key];
		const event = { key, text, modifiers, windowsVirtualKeyCode: code };
		await this.send("Input.dispatchKeyEvent", { type: "keyDown", ...event });
		await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
	}

	async type(text) {
		for (const letter of text)
			await this.key(letter);
	}

	async click(x, y) {
		const event = { x, y, button: "left", clickCount: 1 };
		await this.send("Input.dispatchMouseEvent", { type: "mousePressed", ...event });
		await this.send("Input.dispatchMouseEvent", { type: "mouseReleased", ...event });
	}

	async move(x, y) {
		await this.send("Input.dispatchMouseEvent", { type: "mouseMoved", x, y });
	}

	async screenshot() {
		const { data } = await this.send("Page.captureScreenshot",
			{ format: "png", captureBeyondViewport: true });
		return Buffer.from(data, "base64");
	}

	async close() {
		await this.browser.send("Target.closeTarget", { targetId: this.target });
	}
}

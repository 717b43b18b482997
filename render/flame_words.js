/*
 * Numbers and names as the picture itself writes them: base/units.c and text_fit.c have
 * the same rules. As there, numbers are whole and rounded once: a fraction in binary falls
 * on the other side of a half now and then.
 */
function divideRounded(value, by) {
	return (value + by / 2n) / by;
}

/* At most `decimals` decimals and three digits in all; null if rounding takes it to
 * `limit`: then the next unit says it better. */
function threeDigits(value, unit, decimals, limit, name) {
	for (let i = decimals; ; i--) {
		const scale = 10n ** BigInt(i), scaled = divideRounded(value * scale, unit);
		if (i && scaled >= 1000n)
			continue;
		if (scaled >= limit * scale)
			return null;
		const rest = i ? "." + String(scaled % scale).padStart(i, "0") : "";
		return scaled / scale + rest + " " + name;
	}
}

function duration(value) {
	const ns = BigInt(value), s = divideRounded(ns, 10n ** 9n);
	const min = divideRounded(ns, 60n * 10n ** 9n);
	if (ns < 1000n)
		return ns + " ns";
	return threeDigits(ns, 10n ** 3n, 2, 1000n, "us") ||
		threeDigits(ns, 10n ** 6n, 2, 1000n, "ms") ||
		threeDigits(ns, 10n ** 9n, 2, 60n, "s") ||
		(s < 3600n ? s / 60n + " min " + s % 60n + " s" :
			min / 60n + " h " + min % 60n + " min");
}

function size(value) {
	const bytes = BigInt(value);
	let unit = 1024n, text = bytes < unit ? bytes + " B" : null;
	for (const name of ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]) {
		text = text || threeDigits(bytes, unit, 1, 1024n, name);
		unit *= 1024n;
	}
	return text;
}

function percent(part, whole) {
	if (!part || !whole)
		return "0 %";
	const hundredths = divideRounded(BigInt(part) * 10000n, BigInt(whole));
	if (!hundredths)
		return "<0.01 %";
	if (hundredths < 100n)
		return "0." + String(hundredths).padStart(2, "0") + " %";
	if (part >= whole)
		return divideRounded(hundredths, 100n) + " %";
	if (hundredths >= 9995n)
		return ">99.9 %";
	return (hundredths + 5n) / 100n + "." + (hundredths + 5n) / 10n % 10n + " %";
}

/* As text_fit.c: code points of two columns are counted as such. */
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/u;
const PLAIN = /^[ -~]*$/;

function widthOf(point) {
	return WIDE.test(point) || point.codePointAt(0) >= 0x1f300 ? 2 : 1;
}

function fit(text, columns) {
	if (text.length <= columns && PLAIN.test(text))
		return text;
	const points = Array.from(text), ends = [0];
	for (const point of points)
		ends.push(ends[ends.length - 1] + widthOf(point));
	if (ends[points.length] <= columns)
		return text;
	const kept = ends.findLastIndex((end) => end <= columns - 2);
	return columns < 5 ? "" : points.slice(0, kept).join("") + "..";
}

/* A frame's address is the hash of the names on its path: it survives another run,
 * another width, another build. Two FNV-1a of 32 bits. */
function hashName(seed, text) {
	let hash = seed;
	for (let i = 0; i < text.length; i++)
		hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
	return Math.imul(hash ^ 0xff, 16777619);
}

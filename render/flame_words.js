/*
 * Numbers and names as the picture itself writes them: base/units.c and text_fit.c have
 * the same rules.
 */
function threeDigits(value) {
	return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function parts(count, large, small) {
	return Math.floor(count / 60) + " " + large + " " + count % 60 + " " + small;
}

function duration(ns) {
	const s = ns / 1e9;
	if (ns < 1000)
		return ns + " ns";
	if (ns < 1e6)
		return threeDigits(ns / 1e3) + " us";
	if (ns < 1e9)
		return threeDigits(ns / 1e6) + " ms";
	if (s < 60)
		return threeDigits(s) + " s";
	if (Math.round(s) < 3600)
		return parts(Math.round(s), "min", "s");
	return parts(Math.round(s / 60), "h", "min");
}

function size(bytes) {
	const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
	let unit = 0;
	for (; bytes >= 1024; bytes /= 1024)
		unit++;
	return (unit ? threeDigits(bytes) : bytes) + " " + units[unit];
}

function percent(part, whole) {
	const share = whole ? 100 * part / whole : 0;
	if (!part || share >= 100)
		return (share ? 100 : 0) + " %";
	if (share < 0.005)
		return "<0.01 %";
	return (share >= 99.95 ? ">99.9" : share.toFixed(share < 1 ? 2 : 1)) + " %";
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

/* The other side of packed_number.h: a text's numbers one after the other, and what is behind. */
function reader(text) {
	let at = 0;
	return {
		more: () => at < text.length,
		rest: () => text.slice(at),
		number() {
			let value = 0, weight = 1;
			for (;;) {
				const digit = digitOf(text.charCodeAt(at++));
				value += (digit & 31) * weight;
				if (!(digit & 32))
					return value;
				weight *= 32;
			}
		},
	};
}

function digitOf(c) {
	return c >= 97 ? c - 71 : c >= 65 ? c - 65 : c >= 48 ? c + 4 : c === 43 ? 62 : 63;
}

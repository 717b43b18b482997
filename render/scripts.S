/*
 * The pictures' scripts as they stand in the source, inside the program. Those of several
 * files are one function, so that nothing of them is seen by the page around it.
 */
	.section .rodata
	.global flame_script
	.global flame_script_end
flame_script:
	.ascii "(function () {\n"
	.incbin "render/flame_unpack.js"
	.incbin "render/packed_numbers.js"
	.incbin "render/flame_words.js"
	.incbin "render/flame.js"
	.ascii "})();\n"
flame_script_end:
	.global subsecond_script
	.global subsecond_script_end
subsecond_script:
	.incbin "render/subsecond.js"
subsecond_script_end:
	.global heatmap_script
	.global heatmap_script_end
heatmap_script:
	.ascii "(function () {\n\"use strict\";\n"
	.incbin "render/packed_numbers.js"
	.incbin "render/flame_words.js"
	.incbin "render/value_words.js"
	.incbin "render/heatmap.js"
	.ascii "})();\n"
heatmap_script_end:
	.global histogram_script
	.global histogram_script_end
histogram_script:
	.ascii "(function () {\n\"use strict\";\n"
	.incbin "render/flame_words.js"
	.incbin "render/value_words.js"
	.incbin "render/histogram.js"
	.ascii "})();\n"
histogram_script_end:
	.section .note.GNU-stack, "", %progbits

#ifndef RENDER_SCRIPTS_H
#define RENDER_SCRIPTS_H

/*
 * The tools of each kind of picture, put into the program by scripts.S. Not terminated: each
 * reaches to its end. They hold no "]]>", so they may stand in CDATA as they are.
 */
extern const char flame_script[];
extern const char flame_script_end[];
extern const char heatmap_script[];
extern const char heatmap_script_end[];
extern const char histogram_script[];
extern const char histogram_script_end[];
extern const char subsecond_script[];
extern const char subsecond_script_end[];

#endif

#ifndef RENDER_SCENE_SVG_H
#define RENDER_SCENE_SVG_H

#include "base/buf.h"
#include "render/scene.h"

/*
 * A scene as one SVG document that is complete by itself: presentation attributes
 * only, so that it looks the same in <img>, under a content security policy that
 * forbids scripts and styles, and in an editor. A style element adds a dark theme and
 * the scene's script adds tools, where they are allowed to.
 *
 *	<svg role="img">  <title>  <desc>  <style>  ground  parts ...  <metadata>  <script>
 *
 * The root's id is made from the content, so that several pictures can stand inline in
 * one page; the script finds its own picture through itself. No text from outside is
 * ever in a script, a style, an id or a link. Same scene, same bytes.
 */
void scene_svg(struct buf *out, const struct scene *s);

#endif

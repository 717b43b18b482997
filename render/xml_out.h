#ifndef RENDER_XML_OUT_H
#define RENDER_XML_OUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * XML on its way out, into memory: the one place where text becomes markup. Element
 * and attribute names are words of ours; every other text passes through text_xml()
 * and so can neither end an element nor make the document ill-formed, whatever bytes
 * it holds. Numbers are written digit by digit: no locale, no rounding.
 *
 * An element is written as it comes:
 *
 *	xml_out_start(x, "rect");           <rect
 *	xml_out_length(x, "x", 1250);       <rect x="12.5"
 *	xml_out_end_empty(x);               <rect x="12.5"/>
 */
struct xml_out {
	struct buf buf;
};

void xml_out_release(struct xml_out *x);

void xml_out_start(struct xml_out *x, const char *element);
void xml_out_attribute(struct xml_out *x, const char *name, const char *value);
/* A length in hundredths of a pixel, without trailing zeros. */
void xml_out_length(struct xml_out *x, const char *name, int32_t length);
/* "#rrggbb", or "#rgb" where that is the same. */
void xml_out_colour(struct xml_out *x, const char *name, uint32_t rgb);
void xml_out_end(struct xml_out *x);	   /* the start tag: content follows */
void xml_out_end_empty(struct xml_out *x); /* the whole element */
void xml_out_close(struct xml_out *x, const char *element);

void xml_out_text(struct xml_out *x, const char *text, size_t len);
/* <element>text</element> */
void xml_out_element(struct xml_out *x, const char *element, const char *text, size_t len);
/* Markup that is known to be right, as it stands. */
void xml_out_raw(struct xml_out *x, const char *markup);

/* Only the digits of a length: for path data. */
void xml_out_put_length(struct xml_out *x, int32_t length);

#endif

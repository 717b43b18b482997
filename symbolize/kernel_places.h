#ifndef SYMBOLIZE_KERNEL_PLACES_H
#define SYMBOLIZE_KERNEL_PLACES_H

struct trace_addresses;

/*
 * Where a kernel with DWARF may lie, beside the places by build ID: distributions name it
 * after its release.
 *
 *	/usr/lib/debug/boot/vmlinux-RELEASE		linux-image-RELEASE-dbg
 *	/usr/lib/debug/lib/modules/RELEASE/vmlinux	kernel-debuginfo
 *	/lib/modules/RELEASE/build/vmlinux		built on this machine
 *	/boot/vmlinux-RELEASE
 *
 * They become paths of the kernel's module, so that they are looked at below each --debug-dir,
 * too. A place is no proof: only the recorded build ID makes the file the kernel that ran.
 */

/* kernel: TRACE_FACT_KERNEL, which begins with the release; a stranger's text. */
void kernel_places_add(struct trace_addresses *a, const char *kernel);

#endif

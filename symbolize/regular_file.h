#ifndef SYMBOLIZE_REGULAR_FILE_H
#define SYMBOLIZE_REGULAR_FILE_H

/*
 * Opening what a stranger's path leads to: nothing but a regular file that is not empty
 * is opened, none is waited for, and below a folder no path and no link leaves that.
 * Each returns a descriptor for reading, or -1.
 */

int regular_file_open(const char *path);

/* Below `dir`, links included, which are taken as if it were the root; a path with ".."
 * is no path. Where there is no openat2, no link is followed. */
int regular_file_open_below(const char *dir, const char *path);

#endif

#ifndef TESTS_UNIT_INLINED_PROGRAM_H
#define TESTS_UNIT_INLINED_PROGRAM_H

#include <stdio.h>

/*
 * The sources of a program of many functions, half in C and half in C++, into which
 * others are inlined up to five levels deep from two headers: the subject of judges of
 * DWARF. Functions differ in shape, so that compilers clone them, split them into hot and
 * cold parts and lay them out in pieces.
 */

#define INLINES 16

static inline void write_header(FILE *file)
{
	fprintf(file, "extern volatile int sink;\nvoid fail(int) __attribute__((noreturn, cold));\n"
		      "#define INLINE static inline __attribute__((always_inline))\n");
	for (unsigned i = 0; i < INLINES; i++)
		fprintf(file,
			"INLINE int leaf%u(int x)\n{\n\tsink += x * %u;\n\treturn x ^ sink;\n}\n",
			i, i + 3);
	for (unsigned i = 0; i < INLINES; i++)
		fprintf(file,
			"INLINE int middle%u(int x)\n{\n\tint y = leaf%u(x);\n\n\tif (y & %u)\n"
			"\t\ty += leaf%u(y + sink);\n\treturn y;\n}\n",
			i, i, i + 1, (i + 1) % INLINES);
	for (unsigned i = 0; i < INLINES; i++)
		fprintf(file,
			"static inline int outer%u(int x)\n{\n\tint y = 0;\n\n"
			"\tfor (int i = 0; i < x; i++) {\n\t\ty += middle%u(i);\n"
			"\t\tif (y == %u)\n\t\t\tfail(y);\n\t}\n\treturn y;\n}\n",
			i, i, i * 1000 + 7);
}

static inline void write_c(FILE *file, unsigned cnt)
{
	fprintf(file, "#include \"program.h\"\n");
	for (unsigned i = 0; i < cnt; i++) {
		fprintf(file, "static __attribute__((noinline)) int local%u(int x, int y)\n{\n", i);
		fprintf(file, "\tif (x > %u)\n\t\tfail(x);\n\treturn leaf%u(x) + y;\n}\n", i,
			i % INLINES);
		fprintf(file, "int plain%u(int x)\n{\n\tint y = %s%u(x + %u);\n\n", i,
			i % 3 ? "middle" : "outer", i % INLINES, i);
		fprintf(file, "\tif (__builtin_expect(y == sink, 0)) {\n\t\tsink++;\n"
			      "\t\tfail(y);\n\t}\n");
		fprintf(file, "\treturn y + local%u(x, %u);\n}\n", i, i);
	}
}

static inline void write_cplus(FILE *file, unsigned cnt)
{
	fprintf(file, "extern \"C\" {\n#include \"program.h\"\n}\nvolatile int sink;\n"
		      "extern \"C\" void fail(int x)\n{\n\t__builtin_trap();\n}\n"
		      "template <int N> struct box {\n\tint v;\n"
		      "\tbox(int x) : v(middle3(x))\n\t{\n\t\tsink += N;\n\t}\n"
		      "\t~box()\n\t{\n\t\tsink -= v;\n\t}\n"
		      "\tint get() const\n\t{\n\t\treturn v + leaf1(N);\n\t}\n"
		      "\t__attribute__((noinline)) int far(int x);\n};\n"
		      "template <int N> int box<N>::far(int x)\n{\n\treturn x + outer2(N);\n}\n");
	for (unsigned i = 0; i < cnt; i++) {
		fprintf(file,
			"namespace space%u {\nnamespace {\nint hidden%u(int x)\n{\n"
			"\treturn x * leaf%u(x);\n}\n}\n",
			i % 7, i, i % INLINES);
		fprintf(file, "%sint place%u(int x)\n{\n\tbox<%u> b(x);\n",
			i % 11 ? "" : "extern \"C\" ", i, i % 100);
		fprintf(file, "\tauto twice = [&](int y) {\n\t\treturn b.get() + %s%u(y);\n\t};\n",
			i % 2 ? "middle" : "leaf", i % INLINES);
		fprintf(file, "\tstruct inner {\n\t\tint v;\n\t\t__attribute__((noinline)) int "
			      "step(int z)\n\t\t{\n\t\t\treturn z + leaf5(v);\n\t\t}\n\t};\n"
			      "\tinner in = { x };\n");
		fprintf(file, "\treturn twice(x) + hidden%u(x) + b.far(x) + in.step(x);\n}\n}\n",
			i);
	}
	fprintf(file, "int main()\n{\n\treturn 0;\n}\n");
}

#endif

/* How much memory a program of this folder had at most. */
#ifndef BENCH_ROOMS_RESIDENT_H
#define BENCH_ROOMS_RESIDENT_H

#include <stdio.h>

/* getrusage would give that of `bench`, if it was more when it began this process. */
static inline double resident_mib(void)
{
    char line[256];
    double kib = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "VmHWM: %lf", &kib) == 1) break;
    if (status) fclose(status);
    return kib / 1024;
}

#endif

/*
 * worker.c - the program that the demo compiles and runs in its session. Each verb does what real tools do.
 *
 *   args ARGUMENT...   prints its arguments, one a line
 *   fail CODE          complains on standard error and ends with that code
 *   flood MB           writes so much to standard output
 *   count              counts the lines and bytes of its standard input
 *   steps N            prints N lines, one every 100 ms
 *   sleep SECONDS      sleeps
 *   family             starts a child that starts a grandchild, both of which sleep a minute; prints their process ids;
 *                      ends, leaving them behind, when its input ends
 *   alive PID          exit code 0 while that process runs, 1 otherwise
 *   has NAME           exit code 0 where that environment variable is there, 1 where it is not
 */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int flood(unsigned long megabytes)
{
    static char block[1024];

    memset(block, 'x', sizeof block - 2);
    memcpy(block + sizeof block - 2, "\r\n", 2);
    for (unsigned long i = 0; i < megabytes * 1024; i++) {
        DWORD written;

        if (!WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), block, sizeof block, &written, NULL))
            return 1;
    }
    return 0;
}

static int count(void)
{
    unsigned long lines = 0, bytes = 0;
    char block[4096];
    DWORD got;

    while (ReadFile(GetStdHandle(STD_INPUT_HANDLE), block, sizeof block, &got, NULL) && got) {
        bytes += got;
        for (DWORD i = 0; i < got; i++)
            lines += block[i] == '\n';
    }
    printf("%lu lines, %lu bytes\n", lines, bytes);
    return 0;
}

static int steps(int count)
{
    for (int i = 1; i <= count; i++) {
        printf("step %d of %d\n", i, count);
        fflush(stdout);
        if (i < count)
            Sleep(100);
    }
    return 0;
}

/* Starts this program again, with our standard handles. */
static void start(const char *arguments)
{
    STARTUPINFOA startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    char own[MAX_PATH], line[MAX_PATH + 32];

    GetModuleFileNameA(NULL, own, MAX_PATH);
    snprintf(line, sizeof line, "\"%s\" %s", own, arguments);
    if (CreateProcessA(own, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process)) {
        CloseHandle(process.hThread);
        CloseHandle(process.hProcess);
    }
}

static int sleep_as(const char *who, int seconds)
{
    printf("%s %lu\n", who, GetCurrentProcessId());
    fflush(stdout);
    Sleep((DWORD)seconds * 1000);
    return 0;
}

static int family(void)
{
    char byte;
    DWORD got;

    start("child");
    while (ReadFile(GetStdHandle(STD_INPUT_HANDLE), &byte, 1, &got, NULL) && got)
        ;
    return 0;
}

static int alive(DWORD id)
{
    HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, id);
    int dead = !process || WaitForSingleObject(process, 0) != WAIT_TIMEOUT;

    if (process)
        CloseHandle(process);
    return dead;
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";
    const char *value = argc > 2 ? argv[2] : "";

    if (!strcmp(verb, "args")) {
        for (int i = 2; i < argc; i++)
            printf("%s\n", argv[i]);
        return 0;
    }
    if (!strcmp(verb, "fail")) {
        fprintf(stderr, "worker: this went wrong on purpose\n");
        return atoi(value);
    }
    if (!strcmp(verb, "flood"))
        return flood(strtoul(value, NULL, 10));
    if (!strcmp(verb, "count"))
        return count();
    if (!strcmp(verb, "steps"))
        return steps(atoi(value));
    if (!strcmp(verb, "sleep"))
        return sleep_as("process", atoi(value));
    if (!strcmp(verb, "family"))
        return family();
    if (!strcmp(verb, "child")) {
        start("grandchild");
        return sleep_as("child", 60);
    }
    if (!strcmp(verb, "grandchild"))
        return sleep_as("grandchild", 60);
    if (!strcmp(verb, "alive"))
        return alive(strtoul(value, NULL, 10));
    if (!strcmp(verb, "has"))
        return getenv(value) == NULL;
    fprintf(stderr, "worker: unknown verb, see worker.c\n");
    return 64;
}

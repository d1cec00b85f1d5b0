/*
 * rows.h - the escape battery as a table: what is tried inside, what must come of it, whose promise it is.
 *
 * Read by the battery (tests/escape), which runs each row as a command of a real session and as its control outside, and by
 * the core tests, which run those that access checks decide on the simulation. Numbers with "E" are rows of the escape battery
 * that the project keeps (peers' findings, 60 vectors), those with "C" smoke tests of Codex's sandbox.
 *
 * In arguments: {w} the workspace, {o} a folder of the user's outside, {n} another name in each act, {p} the calling process, {u} its user's SID,
 * {e} a named event and {i} a named pipe that it serves, {l} an event that is open to its logon session alone, {t} a file in the
 * folder where sbxcom keeps its state, {4} {6} its listeners' ports, {v} a variable of its that the policy does not pass on, {d} the drive of the workspace, {s} its short (8.3) name, {r} the same without a drive.
 */
#ifndef TESTS_ESCAPE_ROWS_H
#define TESTS_ESCAPE_ROWS_H

enum row_kind {
    ROW_REFUSED, /* inside it fails with `code`; outside it can be done */
    ROW_ALLOWED, /* inside it can be done: a sandbox in which nothing works is none */
};

enum row_flags {
    ROW_SIM = 1,       /* access checks alone decide it: the simulation runs it, too */
    ROW_READ_ONLY = 2, /* in a session that may write nothing */
    ROW_LINKS = 4,     /* needs links between folders; the host may have none */
};

struct row {
    const char *number;
    const char *name;    /* what is tried */
    const char *promise; /* a domain of the report; "always": whatever the host */
    enum row_kind kind;
    unsigned flags;
    unsigned code; /* of the refusal */
    const char *verb;
    const char *first, *second, *third; /* its arguments; NULL: no more */
};

#define DENIED  5u
#define HANDLE_ 6u
#define BLOCKED 10013u

#define REFUSED_FILE(number, name, promise, ...)                         \
    {                                                                    \
        number, name, promise, ROW_REFUSED, ROW_SIM, DENIED, __VA_ARGS__ \
    }
#define ALLOWED_FILE(number, name, ...)                                 \
    {                                                                   \
        number, name, "fileWrite", ROW_ALLOWED, ROW_SIM, 0, __VA_ARGS__ \
    }

static const struct row escape_rows[] = {
    /* What a command has to be able to do (Codex's smoke tests of a session that may write its workspace). */
    ALLOWED_FILE("C2", "create a file in the workspace", "create", "{w}\\new-{n}.txt", 0, 0),
    ALLOWED_FILE("C6", "append to a file in the workspace", "append", "{w}\\mine.txt", 0, 0),
    ALLOWED_FILE("C10", "make a folder in the workspace", "mkdir", "{w}\\folder-{n}", 0, 0),
    ALLOWED_FILE("C11", "rename a file in the workspace", "rename", "{w}\\mine.txt", "{w}\\renamed-{n}.txt",
                 0),
    ALLOWED_FILE("C12", "delete a file in the workspace", "delete", "{w}\\mine.txt", 0, 0),
    ALLOWED_FILE("C26", "write deep in the workspace", "create", "{w}\\deep\\a\\b\\new-{n}.txt", 0, 0),
    ALLOWED_FILE("C27", "move a file between folders of the workspace", "rename", "{w}\\mine.txt",
                 "{w}\\deep\\moved-{n}.txt", 0),
    {"C4", "create a file in TEMP", "fileWrite", ROW_ALLOWED, 0, 0, "create-temp", "new-{n}.txt", 0, 0},
    {"C32a", "write a stream of a file in the workspace", "fileWrite", ROW_ALLOWED, 0, 0, "create",
     "{w}\\mine.txt:stream-{n}", 0, 0},
    {"C3b", "read a file of Windows", "fileRead", ROW_ALLOWED, 0, 0, "read", "{d}\\windows\\win.ini", 0, 0},

    /* Writing outside, by every way to say where. */
    REFUSED_FILE("C3", "create a file outside the workspace", "fileWrite", "create", "{o}\\new-{n}.txt", 0,
                 0),
    REFUSED_FILE("C24", "overwrite a file outside", "fileWrite", "write", "{o}\\mine.txt", 0, 0),
    REFUSED_FILE("C7", "append to a file outside", "fileWrite", "append", "{o}\\mine.txt", 0, 0),
    REFUSED_FILE("C14", "make a folder outside", "fileWrite", "mkdir", "{o}\\folder-{n}", 0, 0),
    REFUSED_FILE("E1", "write a file outside that its folder gives to the user", "fileWrite", "write",
                 "{o}\\deep\\mine.txt", 0, 0),
    REFUSED_FILE("E33", "write outside by ..", "fileWrite", "write", "{w}\\..\\outside\\mine.txt", 0, 0),
    {"C32b", "write outside by \\\\?\\", "fileWrite", ROW_REFUSED, 0, DENIED, "write", "\\\\?\\{o}\\mine.txt",
     0, 0},
    {"E33b", "write outside by \\\\.\\", "fileWrite", ROW_REFUSED, 0, DENIED, "write", "\\\\.\\{o}\\mine.txt",
     0, 0},
    {"E33c", "write outside by GLOBALROOT", "fileWrite", ROW_REFUSED, 0, DENIED, "write",
     "\\\\?\\GLOBALROOT\\DosDevices\\{o}\\mine.txt", 0, 0},
    {"E30", "write outside by a short name", "fileWrite", ROW_REFUSED, 0, DENIED, "write", "{s}\\mine.txt", 0,
     0},
    {"E35", "write outside by \\\\localhost", "fileWrite", ROW_REFUSED, 0, DENIED, "write",
     "\\\\localhost\\C$\\{r}\\mine.txt", 0, 0},
    {"E34", "write outside by a drive of its own", "fileWrite", ROW_REFUSED, 0, DENIED, "subst-write", "{o}",
     "mine.txt", 0},
    {"E32", "write outside by another case and a dot behind", "fileWrite", ROW_REFUSED, 0, DENIED, "write",
     "{o}\\MINE.txt.", 0, 0},
    {"E31", "write a stream of a file outside", "fileWrite", ROW_REFUSED, 0, DENIED, "create",
     "{o}\\mine.txt:stream-{n}", 0, 0},
    {"C33", "write outside by its data stream", "fileWrite", ROW_REFUSED, 0, DENIED, "write",
     "{o}\\mine.txt::$DATA", 0, 0},
    REFUSED_FILE("E27", "write a file outside through a hard link in the workspace", "fileWrite",
                 "hardlink-write", "{w}\\link-{n}.txt", "{o}\\mine.txt", 0),
    {"C29", "write outside through a junction in the workspace", "fileWrite", ROW_REFUSED,
     ROW_SIM | ROW_LINKS, DENIED, "junction-write", "{w}\\junction-{n}", "{o}", "mine.txt"},
    {"C30", "create a file in Windows through a junction", "fileWrite", ROW_REFUSED, ROW_LINKS, DENIED,
     "junction-create", "{w}\\junction-{n}", "{d}\\windows", "sbx-{n}.txt"},
    {"C38", "create a file on the drive through a junction to its root", "fileWrite", ROW_REFUSED, ROW_LINKS,
     DENIED, "junction-create", "{w}\\junction-{n}", "{d}\\", "sbx-{n}.txt"},
    {"C39a", "write outside through a symbolic link", "fileWrite", ROW_REFUSED, ROW_LINKS, DENIED,
     "symlink-write", "{w}\\symlink-{n}", "{o}\\mine.txt", 0},
    {"C36", "write outside while a folder flips to a junction", "fileWrite", ROW_REFUSED, ROW_LINKS, DENIED,
     "flip-write", "{w}\\flip-{n}", "{o}", "mine.txt"},
    REFUSED_FILE("E26", "change the list of a file outside", "fileWrite", "open-dac", "{o}\\mine.txt", 0, 0),
    REFUSED_FILE("E26b", "take a file outside over", "fileWrite", "open-owner", "{o}\\mine.txt", 0, 0),
    REFUSED_FILE("E26c", "change the attributes of a file outside", "fileWrite", "attributes",
                 "{o}\\mine.txt", 0, 0),
    REFUSED_FILE("E26f", "change the list of a file in the workspace", "fileWrite", "open-dac",
                 "{w}\\mine.txt", 0, 0),
    REFUSED_FILE("E26d", "change the list of the workspace itself", "fileWrite", "open-dac", "{w}", 0, 0),
    {"C31a", "read the disk below its file systems", "fileRead", ROW_REFUSED, 0, DENIED, "read",
     "\\\\.\\PhysicalDrive0", 0, 0},
    {"E59", "open the volume", "fileRead", ROW_REFUSED, 0, DENIED, "read", "\\\\.\\{d}", 0, 0},

    /* A session that may write nothing. */
    {"C1", "create a file in a workspace that may not be written", "fileWrite", ROW_REFUSED,
     ROW_SIM | ROW_READ_ONLY, DENIED, "create", "{w}\\new-{n}.txt", 0, 0},
    {"C9", "overwrite a file in it", "fileWrite", ROW_REFUSED, ROW_SIM | ROW_READ_ONLY, DENIED, "write",
     "{w}\\mine.txt", 0, 0},
    {"C28", "append to a file in it", "fileWrite", ROW_REFUSED, ROW_SIM | ROW_READ_ONLY, DENIED, "append",
     "{w}\\mine.txt", 0, 0},
    {"C13", "make a folder in it", "fileWrite", ROW_REFUSED, ROW_SIM | ROW_READ_ONLY, DENIED, "mkdir",
     "{w}\\folder-{n}", 0, 0},

    /* Deleting and moving. */
    REFUSED_FILE("C12b", "delete a file outside", "fileDelete", "delete", "{o}\\mine.txt", 0, 0),
    REFUSED_FILE("E28", "rename a file outside", "fileDelete", "rename", "{o}\\mine.txt",
                 "{o}\\other-{n}.txt", 0),
    REFUSED_FILE("E28b", "move a file outside into the workspace", "fileDelete", "rename", "{o}\\mine.txt",
                 "{w}\\taken-{n}.txt", 0),
    REFUSED_FILE("E28c", "put a file of the workspace in the place of one outside", "fileDelete", "replace",
                 "{w}\\mine.txt", "{o}\\mine.txt", 0),
    REFUSED_FILE("E28d", "move a folder outside", "fileDelete", "rename", "{o}\\deep", "{o}\\gone-{n}", 0),

    /* Protected and denied paths. */
    REFUSED_FILE("E50", "write .git\\config", "fileWrite", "write", "{w}\\.git\\config", 0, 0),
    REFUSED_FILE("C33b", "write .GiT\\config", "fileWrite", "write", "{w}\\.GiT\\config", 0, 0),
    REFUSED_FILE("E50b", "create a hook", "fileWrite", "create", "{w}\\.git\\hooks\\hook-{n}", 0, 0),
    REFUSED_FILE("E50c", "write a hook that is there", "fileWrite", "write", "{w}\\.git\\hooks\\pre-commit",
                 0, 0),
    REFUSED_FILE("C34b", "write the agent's settings", "fileWrite", "write", "{w}\\.codex\\policy.json", 0,
                 0),
    REFUSED_FILE("E50d", "write the editor's tasks", "fileWrite", "write", "{w}\\.vscode\\tasks.json", 0, 0),
    REFUSED_FILE("E50e", "write .mcp.json", "fileWrite", "write", "{w}\\.mcp.json", 0, 0),
    REFUSED_FILE("E28e", "delete .git\\config", "fileDelete", "delete", "{w}\\.git\\config", 0, 0),
    REFUSED_FILE("E28f", "rename .git", "fileDelete", "rename", "{w}\\.git", "{w}\\git-{n}", 0),
    REFUSED_FILE("E28g", "put another file in the place of .git\\config", "fileDelete", "replace",
                 "{w}\\mine.txt", "{w}\\.git\\config", 0),
    {"E31b", "write .git\\config by .git::$INDEX_ALLOCATION", "fileWrite", ROW_REFUSED, 0, DENIED, "write",
     "{w}\\.git::$INDEX_ALLOCATION\\config", 0, 0},
    REFUSED_FILE("E27b", "write .git\\config through a hard link", "fileWrite", "hardlink-write",
                 "{w}\\hard-{n}.txt", "{w}\\.git\\config", 0),
    REFUSED_FILE("E26e", "change the list of .git\\config", "fileWrite", "open-dac", "{w}\\.git\\config", 0,
                 0),
    REFUSED_FILE("E50f", "write a denied path", "fileWrite", "write", "{w}\\.env", 0, 0),
    REFUSED_FILE("E53b", "read a denied path", "fileRead", "read", "{w}\\.env", 0, 0),

    /* Reading. */
    REFUSED_FILE("E4", "read a file of the user's outside", "fileRead", "read", "{o}\\mine.txt", 0, 0),
    REFUSED_FILE("E4b", "list a folder of the user's outside", "fileRead", "list", "{o}", 0, 0),
    {"E53", "read a file of sbxcom's own state", "fileRead", ROW_REFUSED, 0, DENIED, "read", "{t}", 0, 0},

    /* Other processes, and named things of theirs. */
    {"E6", "open the calling process with any dangerous right", "process", ROW_REFUSED, 0, DENIED, "process",
     "{p}", 0, 0},
    {"E8", "open a thread of it", "process", ROW_REFUSED, 0, DENIED, "threads", "{p}", 0, 0},
    {"E10", "take its token", "process", ROW_REFUSED, 0, DENIED, "token", "{p}", 0, 0},
    {"E7", "start a child in its name", "lifetime", ROW_REFUSED, 0, DENIED, "reparent", "{p}", 0, 0},
    {"E47", "set a named event of it", "process", ROW_REFUSED, 0, DENIED, "event", "{e}", 0, 0},
    {"E46", "serve a named pipe in its place", "process", ROW_REFUSED, 0, DENIED, "squat", "{i}", 0, 0},
    {"C31b", "write to a named pipe of it", "process", ROW_REFUSED, 0, DENIED, "pipe-write", "{i}", 0, 0},
    {"E44", "open Docker's pipe", "process", ROW_REFUSED, 0, DENIED, "pipe-write",
     "\\\\.\\pipe\\docker_engine", 0, 0},
    {"E3", "set an event that is open to the caller's logon session", "process", ROW_REFUSED, 0, DENIED,
     "event", "{l}", 0, 0},
    {"E5", "make things that others may open", "process", ROW_REFUSED, 0, DENIED, "default-list", "{u}", 0,
     0},
    {"E11", "write outside as the first token of its logon session", "fileWrite", ROW_REFUSED, 0, DENIED,
     "loopback-write", "{o}\\mine.txt", 0, 0},
    {"E20", "open the secrets of the LSA", "process", ROW_REFUSED, 0, DENIED, "lsa-secrets", 0, 0, 0},
    {"E53c", "read the command line of the calling process", "process", ROW_REFUSED, 0, DENIED,
     "command-line", "{p}", 0, 0},
    {"E54", "have the elevated server work for it", "always", ROW_REFUSED, 0, DENIED, "setup-status",
     "{d379d699-4818-4d1e-ae56-e2280b084ab9}", "{1ef16c1f-966f-49de-aba9-6c4fb251bb7b}", 0},
    {"E58", "load a library from a network share", "process", ROW_REFUSED, 0, DENIED, "load",
     "\\\\localhost\\C$\\windows\\system32\\winmm.dll", 0, 0},
    {"E18", "create a service", "process", ROW_REFUSED, 0, DENIED, "service", 0, 0, 0},
    {"E49", "write the machine's registry", "process", ROW_REFUSED, 0, DENIED, "registry-machine", 0, 0, 0},
    {"E48", "write the user's Run key", "process", ROW_REFUSED, 0, DENIED, "registry-run", 0, 0, 0},

    /* The desktop. */
    {"E24", "open the clipboard", "desktop", ROW_REFUSED, 0, DENIED, "clipboard", 0, 0, 0},
    {"E23", "hook the user's keyboard", "desktop", ROW_REFUSED, 0, DENIED, "desktop", "hook", 0, 0},
    {"E23b", "open the user's desktop to write", "desktop", ROW_REFUSED, 0, DENIED, "desktop", "write", 0, 0},

    /* The network. */
    {"C17b", "connect to 127.0.0.1", "network", ROW_REFUSED, 0, BLOCKED, "connect", "127.0.0.1", "{4}", 0},
    {"E39", "connect to ::1", "network", ROW_REFUSED, 0, BLOCKED, "connect", "::1", "{6}", 0},
    {"E39b", "connect to 127.0.0.1 written as ::ffff:127.0.0.1", "network", ROW_REFUSED, 0, BLOCKED,
     "connect", "::ffff:127.0.0.1", "{4}", 0},
    {"E40", "listen", "network", ROW_REFUSED, 0, BLOCKED, "listen", 0, 0, 0},

    /* What it is given. */
    {"E52", "see a variable that the policy does not pass on", "always", ROW_REFUSED, 0, 203, "variable",
     "{v}", 0, 0},
    {"E9", "use a handle that it was not given", "handles", ROW_REFUSED, 0, HANDLE_, "handles", 0, 0, 0},
    {"E57", "have more privileges than passing through folders", "process", ROW_REFUSED, 0, 1300,
     "privileges", 0, 0, 0},
    {"E21", "start a process outside its job", "lifetime", ROW_REFUSED, 0, DENIED, "breakaway", 0, 0, 0},
    {"E22", "have a console's host outside its job", "lifetime", ROW_REFUSED, 0, DENIED, "console-host", 0, 0,
     0},
};

#define ESCAPE_ROW_COUNT (sizeof escape_rows / sizeof escape_rows[0])

#endif

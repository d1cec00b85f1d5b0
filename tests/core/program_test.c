/*
 * program_test.c - the program that runs is the one that was meant, never one that lies about in the
 * workspace.
 */
#include "core/program.h"
#include "base/memory.h"
#include "core/cmdline.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <stdlib.h>
#include <string.h>

#define WORKSPACE "C:\\src\\app"
#define SYSTEM    "C:\\Windows\\System32"

static void prepare(void)
{
    sim_reset();
    sim_add_folder(WORKSPACE);
    sim_add_file("C:\\Tools\\git.exe");
    sim_add_file("C:\\Tools\\npm");
    sim_add_file("C:\\Tools\\npm.cmd");
    sim_add_file("C:\\Tools\\python3.11.exe");
    sim_add_file("C:\\Tools\\old.com");
    sim_add_file("C:\\Tools\\old.exe");
    sim_add_file("C:\\Tools\\tool.js");
    sim_add_file("C:\\Tools\\deploy.ps1");
    sim_add_file("C:\\Tools;x\\semi.exe");
    sim_add_file("C:\\Later\\git.exe");
    sim_add_file("C:\\Later\\late.exe");
    sim_add_file(
        "C:\\Later\\dir"); /* a shell script of some Unix tools: no program, and no reason to hide the hint */
    sim_add_file(WORKSPACE "\\git.exe");
    sim_add_file(WORKSPACE "\\local.exe");
    sim_add_file(WORKSPACE "\\build.bat");
    sim_add_file(WORKSPACE "\\build.ps1");
    sim_add_file(WORKSPACE "\\configure");
    sim_add_file(WORKSPACE "\\data.bin");
    sim_add_file(WORKSPACE "\\100%\\x.cmd");
    sim_add_file("\\\\server\\share\\net.exe");
}

static char *entries[] = {"Path=;.;tools;\\Tools;C:Tools;\\\\server\\share; C:\\Tools "
                          ";\"C:\\Tools;x\";C:\\Missing;C:\\Later;C:\\Windows\\System32",
                          "PATHEXT=.COM;.EXE;.BAT;.CMD;.VBS;.JS"};

static sbx_status find_in(const char *line, const struct sbx_strings *array, size_t entry_count,
                          struct program *program, struct sbx_error *error)
{
    const struct environment environment = {{entries, entry_count}};
    const struct command_text command = {line, array};

    return program_find(&command, &environment, WORKSPACE, SYSTEM, program, error);
}

static sbx_status find_line(const char *line, struct program *program, struct sbx_error *error)
{
    return find_in(line, NULL, 2, program, error);
}

struct expectation {
    const char *line, *image, *command_line; /* NULL: as typed */
};

static void expect_all(const struct expectation *cases, size_t count)
{
    prepare();
    for (size_t i = 0; i < count; i++) {
        struct program program = {NULL, NULL, false};
        struct sbx_error error = {0};

        if (find_line(cases[i].line, &program, &error)) {
            CU_FAIL(cases[i].line);
            continue;
        }
        CU_ASSERT_STRING_EQUAL(program.image, cases[i].image);
        CU_ASSERT_STRING_EQUAL(program.command_line,
                               cases[i].command_line ? cases[i].command_line : cases[i].line);
        CU_ASSERT_EQUAL(program.batch,
                        strstr(cases[i].image, "cmd.exe") && !strstr(cases[i].line, "cmd.exe"));
        program_free(&program);
    }
}

#define CMD "\"C:\\Windows\\System32\\cmd.exe\" /d /e:on /v:off /s /c "

static void bare_names_are_found_in_path_and_never_in_the_workspace(void)
{
    static const struct expectation cases[] = {
        {"git status --short", "C:\\Tools\\git.exe", NULL},
        {"GIT.EXE", "C:\\Tools\\GIT.EXE", NULL},
        {"  \"git\" status", "C:\\Tools\\git.exe", "\"git\" status"},
        {"late", "C:\\Later\\late.exe", NULL},
        {"semi", "C:\\Tools;x\\semi.exe", NULL},
        {"old", "C:\\Tools\\old.com", NULL},
        {"python3.11 -c \"print(1)\"", "C:\\Tools\\python3.11.exe", NULL},
        {"npm test", SYSTEM "\\cmd.exe", CMD "\"\"C:\\Tools\\npm.cmd\" \"test\"\""},
    };
    struct program program;
    struct sbx_error error = {0};

    expect_all(cases, sizeof cases / sizeof cases[0]);
    CU_ASSERT_EQUAL(find_line("local", &program, &error), SBX_E_COMMAND_NOT_FOUND);
    CU_ASSERT(strstr(error.text, ".\\local") != NULL);
}

static void names_with_a_separator_are_relative_to_the_working_directory(void)
{
    static const struct expectation cases[] = {
        {".\\git.exe x", WORKSPACE "\\git.exe", NULL},
        {"./local.exe", WORKSPACE "\\local.exe", NULL},
        {"..\\app\\local.exe", WORKSPACE "\\local.exe", NULL},
        {"C:/Tools/git.exe", "C:\\Tools\\git.exe", NULL},
        {"\\\\?\\C:\\Tools\\git.exe", "C:\\Tools\\git.exe", NULL},
        {"\"C:\\Tools;x\\semi.exe\" a \"b\"", "C:\\Tools;x\\semi.exe", NULL},
        {".\\build.bat \"a b\" c", SYSTEM "\\cmd.exe", CMD "\"\"C:\\src\\app\\build.bat\" \"a b\" \"c\"\""},
        {"C:\\Tools\\..\\Windows\\System32\\cmd.exe /c dir", SYSTEM "\\cmd.exe", NULL},
    };

    expect_all(cases, sizeof cases / sizeof cases[0]);
}

static void arrays_are_quoted_by_the_kind_of_the_program(void)
{
    char *git[] = {"git", "commit", "-m", "a \"b\" %c%"};
    char *npm[] = {"npm", "run", "a&b"};
    char *unsafe[] = {"npm", "run", "%PATH%"};
    struct program program = {NULL, NULL, false};
    struct sbx_error error = {0};

    prepare();
    CU_ASSERT_EQUAL_FATAL(find_in(NULL, &(struct sbx_strings){git, 4}, 2, &program, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(program.command_line, "\"git\" commit -m \"a \\\"b\\\" %c%\"");
    CU_ASSERT(!program.batch);
    program_free(&program);

    CU_ASSERT_EQUAL_FATAL(find_in(NULL, &(struct sbx_strings){npm, 3}, 2, &program, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(program.image, SYSTEM "\\cmd.exe");
    CU_ASSERT_STRING_EQUAL(program.command_line, CMD "\"\"C:\\Tools\\npm.cmd\" \"run\" \"a&b\"\"");
    CU_ASSERT(program.batch);
    program_free(&program);

    CU_ASSERT_EQUAL(find_in(NULL, &(struct sbx_strings){unsafe, 3}, 2, &program, &error),
                    SBX_E_COMMAND_UNSAFE_ARGUMENT);
    CU_ASSERT(strstr(error.text, "%PATH%") != NULL);
    CU_ASSERT_PTR_NULL(program.image);
}

/* Each refusal has its own text: whoever reads it knows what to write instead. */
static void everything_else_is_refused_with_what_to_write(void)
{
    static const struct {
        const char *line;
        sbx_status status;
        const char *text;
    } cases[] = {
        {"", SBX_E_ARGUMENT, "The command is empty"},
        {" \t ", SBX_E_ARGUMENT, "The command is empty"},
        {"\"\" x", SBX_E_ARGUMENT, "The command is empty"},
        {"nothere x", SBX_E_COMMAND_NOT_FOUND,
         "with .com;.exe;.bat;.cmd;.vbs;.js) in the command's PATH: C:\\Tools;C:\\Tools;x;C:\\Missing;"},
        {".\\nothere", SBX_E_COMMAND_NOT_FOUND, "There is no program .\\nothere, neither by this name"},
        {"dir /b", SBX_E_COMMAND_NOT_FOUND, "Write: cmd /c dir"},
        {"ECHO hello", SBX_E_COMMAND_NOT_FOUND, "Write: cmd /c ECHO"},
        {".\\build.ps1 -x", SBX_E_COMMAND_NOT_FOUND, "powershell -NoProfile -File C:\\src\\app\\build.ps1"},
        {"deploy.ps1", SBX_E_COMMAND_NOT_FOUND, "powershell -NoProfile -File C:\\Tools\\deploy.ps1"},
        {"tool", SBX_E_COMMAND_NOT_FOUND, "cscript //nologo (or node) C:\\Tools\\tool.js"},
        {".\\configure", SBX_E_COMMAND_NOT_FOUND, "a file that Windows opens with one"},
        {".\\data.bin", SBX_E_COMMAND_NOT_FOUND, "a file that Windows opens with one"},
        {"C:git.exe", SBX_E_COMMAND_NOT_FOUND, "a directory that each drive keeps"},
        {"\\Tools\\git.exe", SBX_E_COMMAND_NOT_FOUND, "leaves out the drive"},
        {"\\\\server\\share\\net.exe", SBX_E_COMMAND_NOT_FOUND, "on the network"},
        {"\\\\?\\UNC\\server\\share\\net.exe", SBX_E_COMMAND_NOT_FOUND, "on the network"},
        {"\\\\.\\C:\\Tools\\git.exe", SBX_E_COMMAND_NOT_FOUND, "a device"},
        {"git.exe.", SBX_E_COMMAND_NOT_FOUND, "ends with a dot or a blank"},
        {"\"git.exe \"", SBX_E_COMMAND_NOT_FOUND, "ends with a dot or a blank"},
        {".\\local.exe::$DATA", SBX_E_COMMAND_NOT_FOUND, "a stream"},
        {"git.exe:x", SBX_E_COMMAND_NOT_FOUND, "a stream"},
        {"g?t", SBX_E_COMMAND_NOT_FOUND, "no Windows path has"},
        {".\\", SBX_E_COMMAND_NOT_FOUND, "is a folder"},
        {"..", SBX_E_COMMAND_NOT_FOUND, "is a folder"},
        {"C:\\Tools", SBX_E_COMMAND_NOT_FOUND, "There is no program C:\\Tools"},
        {"npm \"a%b\"", SBX_E_COMMAND_UNSAFE_ARGUMENT, "a percent sign"},
        {"npm a\\", SBX_E_COMMAND_UNSAFE_ARGUMENT, "a backslash at its end"},
        {"npm \"a\\\"b\"", SBX_E_COMMAND_UNSAFE_ARGUMENT, "a quote"},
        {".\\100%\\x.cmd", SBX_E_COMMAND_UNSAFE_ARGUMENT, "its path has a percent sign"},
    };

    prepare();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct program program = {NULL, NULL, true};
        struct sbx_error error = {0};

        if (find_line(cases[i].line, &program, &error) != cases[i].status ||
            !strstr(error.text, cases[i].text))
            CU_FAIL(cases[i].line);
        CU_ASSERT_STRING_EQUAL(strstr(error.text, cases[i].text) ? "" : error.text, "");
        CU_ASSERT(program.image == NULL && program.command_line == NULL && program.batch);
    }
}

static void array_of_nothing_is_an_empty_command(void)
{
    char *blank[] = {""};
    struct program program;

    CU_ASSERT_EQUAL(find_in(NULL, &(struct sbx_strings){NULL, 0}, 2, &program, NULL), SBX_E_ARGUMENT);
    CU_ASSERT_EQUAL(find_in(NULL, &(struct sbx_strings){blank, 1}, 2, &program, NULL), SBX_E_ARGUMENT);
}

/* With Git's tools in PATH an echo.exe is there, and is what was asked for. */
static void program_in_path_goes_before_a_built_in(void)
{
    struct program program = {NULL, NULL, false};

    prepare();
    sim_add_file("C:\\Later\\echo.exe");
    CU_ASSERT_EQUAL_FATAL(find_line("echo x", &program, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(program.image, "C:\\Later\\echo.exe");
    program_free(&program);
}

static void missing_pathext_means_the_usual_programs(void)
{
    struct program program = {NULL, NULL, false};

    prepare();
    CU_ASSERT_EQUAL_FATAL(find_in("git", NULL, 1, &program, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(program.image, "C:\\Tools\\git.exe");
    program_free(&program);
}

static void command_without_path_says_so(void)
{
    struct program program;
    struct sbx_error error = {0};

    prepare();
    CU_ASSERT_EQUAL(find_in("git", NULL, 0, &program, &error), SBX_E_COMMAND_NOT_FOUND);
    CU_ASSERT(strstr(error.text, "PATH has no absolute local folder") != NULL);
}

static void too_long_commands_are_told_as_that(void)
{
    size_t size = 40000;
    char *line = malloc(size + 1);
    char *array[] = {"git", line};
    struct program program;
    struct sbx_error error = {0};

    prepare();
    memset(line, 'a', size);
    line[size] = '\0';
    CU_ASSERT_EQUAL(find_line(line, &program, &error), SBX_E_LIMIT);
    CU_ASSERT(strstr(error.text, "32766") != NULL);
    CU_ASSERT_EQUAL(find_in(NULL, &(struct sbx_strings){array, 2}, 2, &program, NULL), SBX_E_LIMIT);
    array[0] = line;
    CU_ASSERT_EQUAL(find_in(NULL, &(struct sbx_strings){array, 1}, 2, &program, NULL), SBX_E_LIMIT);
    array[0] = "npm";
    line[8200] = '\0';
    CU_ASSERT_EQUAL(find_in(NULL, &(struct sbx_strings){array, 2}, 2, &program, NULL), SBX_E_LIMIT);
    free(line);
}

static void working_directory_that_is_not_absolute_is_refused(void)
{
    const struct environment environment = {{entries, 2}};
    const struct command_text command = {".\\x", NULL};
    static const char *const directories[] = {"", "src", "C:src", "\\src", "\\\\server\\share"};
    struct program program;

    prepare();
    for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++)
        CU_ASSERT_EQUAL(program_find(&command, &environment, directories[i], SYSTEM, &program, NULL),
                        SBX_E_ARGUMENT);
}

static void memory_running_out_fails_whole(void)
{
    static const char *const lines[] = {"git status", "npm a", "nothere", ".\\local.exe", "dir"};

    prepare();
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct program program = {NULL, NULL, false};
        sbx_status status = SBX_E_MEMORY;

        for (size_t nth = 1; status == SBX_E_MEMORY; nth++) {
            sim_fail_allocation(nth);
            status = find_line(lines[i], &program, NULL);
            sim_fail_allocation(0);
            CU_ASSERT(!status || program.image == NULL);
        }
        program_free(&program);
    }
    sim_reset();
}

const struct harness_suite program_suite = {
    "program",
    (const struct harness_test[]){
        {"bare names are found in PATH and never in the workspace",
         bare_names_are_found_in_path_and_never_in_the_workspace},
        {"names with a separator are relative to the working directory",
         names_with_a_separator_are_relative_to_the_working_directory},
        {"arrays are quoted by the kind of the program", arrays_are_quoted_by_the_kind_of_the_program},
        {"everything else is refused with what to write instead",
         everything_else_is_refused_with_what_to_write},
        {"an array of nothing is an empty command", array_of_nothing_is_an_empty_command},
        {"a program in PATH goes before a built-in of cmd", program_in_path_goes_before_a_built_in},
        {"a missing PATHEXT means the usual programs", missing_pathext_means_the_usual_programs},
        {"a command without PATH says so", command_without_path_says_so},
        {"too long commands are told as that", too_long_commands_are_told_as_that},
        {"a working directory that is not absolute is refused",
         working_directory_that_is_not_absolute_is_refused},
        {"memory running out fails the whole look-up", memory_running_out_fails_whole},
        {NULL, NULL},
    },
};

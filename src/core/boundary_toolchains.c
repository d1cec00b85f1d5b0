/*
 * boundary_toolchains.c - where tools install themselves for one user: what ${toolchains} stands for.
 *
 * What all users share (Program Files, C:\Windows) everybody may read anyway. Folders that also keep credentials are not
 * here, but those in them that a tool runs from: .cargo holds credentials.toml, .m2 holds settings.xml, .gradle holds
 * gradle.properties, scoop\persist whatever its programs remember, browsers' profiles among it. Where the tool runs from the folder itself,
 * what it keeps there is denied: pnpm's log-ins are in its config, npm's settings for all of a user's projects in etc.
 */
#include "core/boundary_private.h"

#define ROAMING "AppData\\Roaming\\" /* of the profile */

/*
 * A command waits for all folders of a family where it needs one of them, or may call one of the programs (core/later.h). Too
 * many names make it start later than it could; one that is missing lets it fail on a folder that is not granted yet.
 */
static const struct toolchain_family programs = {"py python python3 pip"}; /* python.org installs there */
static const struct toolchain_family python = {"python python3 py pip uv pyenv"};
static const struct toolchain_family node = {"node npm npx pnpm yarn volta nvm fnm"};
static const struct toolchain_family mise = {"mise"};
static const struct toolchain_family winget = {NULL}; /* names that are links, and what they lead to */
static const struct toolchain_family dotnet = {"dotnet msbuild nuget"};
static const struct toolchain_family java = {"java javac mvn gradle adb"};
static const struct toolchain_family rust = {"cargo rustc rustup"};
static const struct toolchain_family go = {"go"};
static const struct toolchain_family scoop = {"scoop"};
static const struct toolchain_family bun = {"bun"};
static const struct toolchain_family deno = {"deno"};
static const struct toolchain_family own = {NULL}; /* pipx, and whatever else puts programs there */

const struct toolchain boundary_toolchains[] = {
    {FOLDER_LOCAL_DATA, "Programs", &programs, NULL}, /* Python, VS Code, Ollama, ... */
    {FOLDER_LOCAL_DATA, "Python", &python, NULL},
    {FOLDER_LOCAL_DATA, "pnpm", &node, "config"},
    {FOLDER_LOCAL_DATA, "Volta", &node, NULL},
    {FOLDER_LOCAL_DATA, "nvm", &node, NULL},
    {FOLDER_LOCAL_DATA, "Yarn", &node, NULL},
    {FOLDER_LOCAL_DATA, "mise", &mise, NULL},
    {FOLDER_LOCAL_DATA, "Microsoft\\WinGet\\Links", &winget, NULL},
    {FOLDER_LOCAL_DATA, "Microsoft\\WinGet\\Packages", &winget, NULL},
    {FOLDER_LOCAL_DATA, "Microsoft\\dotnet", &dotnet, NULL},
    {FOLDER_LOCAL_DATA, "Android\\Sdk", &java, NULL},
    {FOLDER_PROFILE, ".cargo\\bin", &rust, NULL},
    {FOLDER_PROFILE, ".cargo\\registry", &rust, NULL},
    {FOLDER_PROFILE, ".cargo\\git", &rust, NULL},
    {FOLDER_PROFILE, ".cargo\\config.toml", &rust, NULL},
    {FOLDER_PROFILE, ".rustup", &rust, NULL},
    {FOLDER_PROFILE, ".dotnet", &dotnet, NULL},
    {FOLDER_PROFILE, ".nuget\\packages", &dotnet, NULL},
    {FOLDER_PROFILE, "scoop\\apps", &scoop, NULL},
    {FOLDER_PROFILE, "scoop\\shims", &scoop, NULL},
    {FOLDER_PROFILE, "scoop\\persist\\nodejs\\bin", &scoop, NULL}, /* where npm puts programs there */
    {FOLDER_PROFILE, "scoop\\persist\\nodejs-lts\\bin", &scoop, NULL},
    {FOLDER_PROFILE, "scoop\\persist\\python\\Scripts", &scoop, NULL},
    {FOLDER_PROFILE, ".pyenv", &python, NULL},
    {FOLDER_PROFILE, ".local\\bin", &own, NULL},
    {FOLDER_PROFILE, ".bun\\bin", &bun, NULL},
    {FOLDER_PROFILE, ".deno\\bin", &deno, NULL},
    {FOLDER_PROFILE, ".jdks", &java, NULL},
    {FOLDER_PROFILE, ".m2\\repository", &java, NULL},
    {FOLDER_PROFILE, ".gradle\\wrapper", &java, NULL},
    {FOLDER_PROFILE, "go", &go, NULL},
    {FOLDER_PROFILE, ROAMING "npm", &node, "etc"},
    {FOLDER_PROFILE, ROAMING "nvm", &node, NULL},
    {FOLDER_PROFILE, ROAMING "fnm", &node, NULL},
    {FOLDER_PROFILE, ROAMING "Python", &python, NULL},
    {FOLDER_PROFILE, ROAMING "uv\\python", &python, NULL},
};
const size_t boundary_toolchain_count = sizeof boundary_toolchains / sizeof boundary_toolchains[0];

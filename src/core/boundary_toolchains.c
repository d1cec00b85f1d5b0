/*
 * boundary_toolchains.c - where tools install themselves for one user: what ${toolchains} stands for.
 *
 * What all users share (Program Files, C:\Windows) everybody may read anyway. Folders that also keep credentials are not
 * here, but those in them that a tool runs from: .cargo holds credentials.toml, .m2 holds settings.xml, .gradle holds
 * gradle.properties.
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
    {FOLDER_LOCAL_DATA, "Programs", &programs}, /* Python, VS Code, Ollama, ... */
    {FOLDER_LOCAL_DATA, "Python", &python},
    {FOLDER_LOCAL_DATA, "pnpm", &node},
    {FOLDER_LOCAL_DATA, "Volta", &node},
    {FOLDER_LOCAL_DATA, "nvm", &node},
    {FOLDER_LOCAL_DATA, "Yarn", &node},
    {FOLDER_LOCAL_DATA, "mise", &mise},
    {FOLDER_LOCAL_DATA, "Microsoft\\WinGet\\Links", &winget},
    {FOLDER_LOCAL_DATA, "Microsoft\\WinGet\\Packages", &winget},
    {FOLDER_LOCAL_DATA, "Microsoft\\dotnet", &dotnet},
    {FOLDER_LOCAL_DATA, "Android\\Sdk", &java},
    {FOLDER_PROFILE, ".cargo\\bin", &rust},
    {FOLDER_PROFILE, ".cargo\\registry", &rust},
    {FOLDER_PROFILE, ".cargo\\git", &rust},
    {FOLDER_PROFILE, ".cargo\\config.toml", &rust},
    {FOLDER_PROFILE, ".rustup", &rust},
    {FOLDER_PROFILE, ".dotnet", &dotnet},
    {FOLDER_PROFILE, ".nuget\\packages", &dotnet},
    {FOLDER_PROFILE, "scoop", &scoop},
    {FOLDER_PROFILE, ".pyenv", &python},
    {FOLDER_PROFILE, ".local\\bin", &own},
    {FOLDER_PROFILE, ".bun\\bin", &bun},
    {FOLDER_PROFILE, ".deno\\bin", &deno},
    {FOLDER_PROFILE, ".jdks", &java},
    {FOLDER_PROFILE, ".m2\\repository", &java},
    {FOLDER_PROFILE, ".gradle\\wrapper", &java},
    {FOLDER_PROFILE, "go", &go},
    {FOLDER_PROFILE, ROAMING "npm", &node},
    {FOLDER_PROFILE, ROAMING "nvm", &node},
    {FOLDER_PROFILE, ROAMING "fnm", &node},
    {FOLDER_PROFILE, ROAMING "Python", &python},
    {FOLDER_PROFILE, ROAMING "uv\\python", &python},
};
const size_t boundary_toolchain_count = sizeof boundary_toolchains / sizeof boundary_toolchains[0];

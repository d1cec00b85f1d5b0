/*
 * boundary_toolchains.c - where tools install themselves for one user: what ${toolchains} stands for.
 *
 * What all users share (Program Files, C:\Windows) everybody may read anyway. Folders that also keep credentials are not
 * here, but those in them that a tool runs from: .cargo holds credentials.toml, .m2 holds settings.xml, .gradle holds
 * gradle.properties.
 */
#include "core/boundary_private.h"

#define ROAMING "AppData\\Roaming\\" /* of the profile */

const struct toolchain boundary_toolchains[] = {
    {FOLDER_LOCAL_DATA, "Programs"}, /* Python, VS Code, Ollama, ... */
    {FOLDER_LOCAL_DATA, "Python"},
    {FOLDER_LOCAL_DATA, "pnpm"},
    {FOLDER_LOCAL_DATA, "Volta"},
    {FOLDER_LOCAL_DATA, "nvm"},
    {FOLDER_LOCAL_DATA, "Yarn"},
    {FOLDER_LOCAL_DATA, "mise"},
    {FOLDER_LOCAL_DATA, "Microsoft\\WinGet\\Links"},
    {FOLDER_LOCAL_DATA, "Microsoft\\WinGet\\Packages"},
    {FOLDER_LOCAL_DATA, "Microsoft\\dotnet"},
    {FOLDER_LOCAL_DATA, "Android\\Sdk"},
    {FOLDER_PROFILE, ".cargo\\bin"},
    {FOLDER_PROFILE, ".cargo\\registry"},
    {FOLDER_PROFILE, ".cargo\\git"},
    {FOLDER_PROFILE, ".cargo\\config.toml"},
    {FOLDER_PROFILE, ".rustup"},
    {FOLDER_PROFILE, ".dotnet"},
    {FOLDER_PROFILE, ".nuget\\packages"},
    {FOLDER_PROFILE, "scoop"},
    {FOLDER_PROFILE, ".pyenv"},
    {FOLDER_PROFILE, ".local\\bin"},
    {FOLDER_PROFILE, ".bun\\bin"},
    {FOLDER_PROFILE, ".deno\\bin"},
    {FOLDER_PROFILE, ".jdks"},
    {FOLDER_PROFILE, ".m2\\repository"},
    {FOLDER_PROFILE, ".gradle\\wrapper"},
    {FOLDER_PROFILE, "go"},
    {FOLDER_PROFILE, ROAMING "npm"},
    {FOLDER_PROFILE, ROAMING "nvm"},
    {FOLDER_PROFILE, ROAMING "fnm"},
    {FOLDER_PROFILE, ROAMING "Python"},
    {FOLDER_PROFILE, ROAMING "uv\\python"},
};
const size_t boundary_toolchain_count = sizeof boundary_toolchains / sizeof boundary_toolchains[0];

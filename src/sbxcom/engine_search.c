/*
 * engine_search.c - how far an engine looks for git repositories: as long as nobody wishes an end, with progress, those first that are
 * protected already.
 */
#include "base/memory.h"
#include "sbxcom/engine_private.h"

static bool search_goes_on(void *context, size_t folders)
{
    const struct engine_search *search = context;

    if (folders)
        grants_tell(search->progress, "looking for git repositories", folders, 0);
    return !search->stop || WaitForSingleObject(search->stop, 0) != WAIT_OBJECT_0;
}

void engine_search_end(struct engine_search *search)
{
    strings_free(&search->known);
}

/*
 * Those of the workspace that the input names; one that may not be a workspace has none, and whoever resolves it says why. Before the
 * first search alone: the journal may be another session's for a while, and a change that searches nothing does not wait for it.
 */
static sbx_status find_known(void *context, struct sbx_error *error)
{
    struct engine_search *search = context;
    const struct boundary_input *input = search->input;
    struct grants grants;
    char *path = NULL, *key = NULL;
    sbx_status status;

    if (search->looked)
        return SBX_OK;
    status = boundary_workspace(input->workspace, input->user_sid, input->program_folder, &path, &key, NULL);
    if (status)
        return status == SBX_E_MEMORY ? error_memory(error, "a workspace") : SBX_OK;
    status = grants_begin(&grants, GRANTS_LOOK, search->stop, search->progress, error);
    if (!status) {
        status = provision_repositories(&grants.host, key, &search->known, error);
        grants_end(&grants);
    }
    search->looked = !status;
    sbx_free(path);
    sbx_free(key);
    return status;
}

void engine_search_begin(struct engine_search *search, struct engine *engine, sbx_handle stop,
                         const struct grants_progress *progress, struct boundary_input *input)
{
    *search = (struct engine_search){.input = input, .stop = stop, .progress = progress};
    search->wishes = (struct repositories_search){
        .begin = find_known, .known = &search->known, .go_on = search_goes_on, .context = search};
    input->search = &search->wishes;
    input->searched = &engine->searched;
}

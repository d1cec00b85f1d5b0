/*
 * crew_world.h - how many threads walk a tree, a test's to say and not the processors'.
 */
#ifndef TESTS_COM_CREW_WORLD_H
#define TESTS_COM_CREW_WORLD_H

void crew_world_workers(unsigned workers); /* 0: as the product does */
unsigned crew_world_helpers(
    void); /* threads beside the caller's that did something in the last crew's work */

#endif

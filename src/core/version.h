/*
 * version.h - the product's version: what the runner and the DLL compare in their first frames, what the resources say.
 */
#ifndef SBX_CORE_VERSION_H
#define SBX_CORE_VERSION_H

#define SBX_VERSION         "1.0.0"
#define SBX_VERSION_NUMBERS 1, 0, 0, 0

#endif

/*
 * files_standard.c - drive C: of a Windows that was just installed, as its descriptors were read on Windows
 * 10.
 *
 * Only what tests meet: who may write where, what is inherited, what is protected. TrustedInstaller owns
 * Windows there and here; what inherits is left to the rules.
 */
#include "sim/file.h"
#include "sim/security.h"
#include "sim/world.h"

#define INSTALLER "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"

/* Program files: the installer and SYSTEM change, everybody reads and runs. */
#define PROGRAMS                                                                                   \
    "D:PAI(A;;FA;;;" INSTALLER ")(A;CIIO;GA;;;" INSTALLER ")(A;;0x1301bf;;;SY)(A;OICIIO;GA;;;SY)"  \
    "(A;;0x1301bf;;;BA)(A;OICIIO;GA;;;BA)(A;;0x1200a9;;;BU)(A;OICIIO;GXGR;;;BU)(A;OICIIO;GA;;;CO)" \
    "(A;;0x1200a9;;;S-1-15-2-1)(A;OICIIO;GXGR;;;S-1-15-2-1)"

static const struct {
    const char *path;
    const char *sddl; /* NULL: what it inherits */
} folders[] = {
    {"C:", SIM_ROOT_DESCRIPTOR},
    {"C:\\Windows", "O:" INSTALLER "G:" INSTALLER PROGRAMS},
    {"C:\\Windows\\System32", "O:" INSTALLER "G:" INSTALLER PROGRAMS},
    {"C:\\Windows\\Temp",
     "O:SYG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICIIO;FA;;;CO)(A;CI;0x100026;;;BU)"},
    {"C:\\Program Files", "O:" INSTALLER "G:" INSTALLER PROGRAMS},
    {"C:\\Program Files (x86)", "O:" INSTALLER "G:" INSTALLER PROGRAMS},
    {"C:\\ProgramData",
     "O:SYG:SYD:PAI(A;OICIIO;GA;;;CO)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)"
     "(A;CI;DCLCRPCR;;;BU)"},
    {"C:\\Users", "O:SYG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;;0x1200a9;;;BU)(A;OICIIO;GXGR;;;BU)"
                  "(A;;0x1200a9;;;WD)(A;OICIIO;GXGR;;;WD)"},
    {"C:\\Users\\Public",
     "O:SYG:SYD:PAI(A;OICIIO;FA;;;CO)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
     "(A;OICIIO;SDGXGWGR;;;IU)(A;;0x1201af;;;IU)(A;OICIIO;SDGXGWGR;;;SU)(A;;0x1201af;;;SU)"
     "(A;OICIIO;SDGXGWGR;;;S-1-5-3)(A;;0x1201af;;;S-1-5-3)"},
    {"C:\\Users\\me", "O:SYG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;" SIM_USER ")"},
    {"C:\\Users\\me\\AppData\\Local\\sbxcom", NULL},
    {"C:\\Users\\me\\AppData\\Local\\Temp", NULL},
    {"C:\\Users\\me\\Documents", NULL},
    {"C:\\Users\\other", "O:SYG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;" SIM_OTHER_USER ")"},
};

void sim_files_standard(void)
{
    const struct access_token *caller;

    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        sim_add_folder(folders[i].path);
        if (folders[i].sddl)
            sim_set_descriptor(folders[i].path, folders[i].sddl);
    }
    caller = sim_caller_set(sim_token_of(SIM_LOCAL_SYSTEM));
    sim_add_file("C:\\Windows\\System32\\cmd.exe");
    (void)sim_caller_set(caller);
}

void sim_files_reset(void)
{
    sim_files_clear();
    sim_files_standard();
}

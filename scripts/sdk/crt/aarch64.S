// setjmp, longjmp (see x86_64.S) and the stack probe for 64-bit ARM.

        .text
        .globl  _setjmpex
        .p2align 2
_setjmpex:                              // int _setjmpex(jmp_buf x0), clang's name for it here
        mov     x9, sp
        stp     x30, x9, [x0, #0]
        stp     x19, x20, [x0, #16]
        stp     x21, x22, [x0, #32]
        stp     x23, x24, [x0, #48]
        stp     x25, x26, [x0, #64]
        stp     x27, x28, [x0, #80]
        str     x29, [x0, #96]
        stp     d8, d9, [x0, #112]
        stp     d10, d11, [x0, #128]
        stp     d12, d13, [x0, #144]
        stp     d14, d15, [x0, #160]
        mov     w0, #0
        ret

        .globl  longjmp
        .p2align 2
longjmp:                                // void longjmp(jmp_buf x0, int w1)
        ldp     x30, x9, [x0, #0]
        ldp     x19, x20, [x0, #16]
        ldp     x21, x22, [x0, #32]
        ldp     x23, x24, [x0, #48]
        ldp     x25, x26, [x0, #64]
        ldp     x27, x28, [x0, #80]
        ldr     x29, [x0, #96]
        ldp     d8, d9, [x0, #112]
        ldp     d10, d11, [x0, #128]
        ldp     d12, d13, [x0, #144]
        ldp     d14, d15, [x0, #160]
        mov     sp, x9
        cmp     w1, #0
        csinc   w0, w1, wzr, ne         // setjmp never returns 0 a second time
        br      x30

// Touches each page of the x15 * 16 bytes below the stack pointer, so that the guard page is met in order.
        .globl  __chkstk
        .p2align 2
__chkstk:
        lsl     x16, x15, #4
        mov     x17, sp
1:      sub     x17, x17, #4096
        ldr     xzr, [x17]
        subs    x16, x16, #4096
        b.gt    1b
        ret

// The stack cookie of Microsoft's compiler: a function keeps the stack pointer less the cookie in 16 bytes that
// these two put on its stack and take off again; gshandler.obj of vertdll.lib reads it the same way.
        .globl  __security_push_cookie
        .p2align 2
__security_push_cookie:
        sub     sp, sp, #16
        adrp    x17, __security_cookie
        ldr     x17, [x17, :lo12:__security_cookie]
        sub     x17, sp, x17
        str     x17, [sp, #8]
        ret

        .globl  __security_pop_cookie
        .p2align 2
__security_pop_cookie:
        adrp    x16, __security_cookie
        ldr     x16, [x16, :lo12:__security_cookie]
        ldr     x17, [sp, #8]
        sub     x17, sp, x17
        cmp     x17, x16
        b.ne    2f
        add     sp, sp, #16
        ret
2:      mov     x0, x17
        b       __security_check_cookie // reports it

// setjmp and longjmp for x86-64: the registers that a function preserves, as Windows' calling convention lists them.
// longjmp restores them and unwinds nothing, which is right for C without __finally; it knows no shadow stack, so
// nothing built with it may be marked /CETCOMPAT.

        .text
        .def    _setjmp; .scl 2; .type 32; .endef
        .globl  _setjmp
_setjmp:                                // int _setjmp(jmp_buf rcx)
        mov     (%rsp), %rdx
        lea     8(%rsp), %r8            // the stack after the return
        mov     %rdx, 0(%rcx)
        mov     %r8, 8(%rcx)
        mov     %rbx, 16(%rcx)
        mov     %rbp, 24(%rcx)
        mov     %rsi, 32(%rcx)
        mov     %rdi, 40(%rcx)
        mov     %r12, 48(%rcx)
        mov     %r13, 56(%rcx)
        mov     %r14, 64(%rcx)
        mov     %r15, 72(%rcx)
        stmxcsr 80(%rcx)
        fnstcw  84(%rcx)
        movaps  %xmm6, 96(%rcx)
        movaps  %xmm7, 112(%rcx)
        movaps  %xmm8, 128(%rcx)
        movaps  %xmm9, 144(%rcx)
        movaps  %xmm10, 160(%rcx)
        movaps  %xmm11, 176(%rcx)
        movaps  %xmm12, 192(%rcx)
        movaps  %xmm13, 208(%rcx)
        movaps  %xmm14, 224(%rcx)
        movaps  %xmm15, 240(%rcx)
        xor     %eax, %eax
        ret

        .def    longjmp; .scl 2; .type 32; .endef
        .globl  longjmp
longjmp:                                // void longjmp(jmp_buf rcx, int edx)
        mov     %edx, %eax
        test    %eax, %eax
        jnz     1f
        inc     %eax                    // setjmp never returns 0 a second time
1:      mov     16(%rcx), %rbx
        mov     24(%rcx), %rbp
        mov     32(%rcx), %rsi
        mov     40(%rcx), %rdi
        mov     48(%rcx), %r12
        mov     56(%rcx), %r13
        mov     64(%rcx), %r14
        mov     72(%rcx), %r15
        ldmxcsr 80(%rcx)
        fldcw   84(%rcx)
        movaps  96(%rcx), %xmm6
        movaps  112(%rcx), %xmm7
        movaps  128(%rcx), %xmm8
        movaps  144(%rcx), %xmm9
        movaps  160(%rcx), %xmm10
        movaps  176(%rcx), %xmm11
        movaps  192(%rcx), %xmm12
        movaps  208(%rcx), %xmm13
        movaps  224(%rcx), %xmm14
        movaps  240(%rcx), %xmm15
        mov     8(%rcx), %rsp
        jmp     *0(%rcx)

// Touches each page of the rax bytes below the stack pointer, so that the guard page is met in order. Changes r10, r11
// and the flags alone; the caller moves the stack pointer.
        .def    __chkstk; .scl 2; .type 32; .endef
        .globl  __chkstk
__chkstk:
        lea     8(%rsp), %r10
        mov     %rax, %r11
2:      cmp     $4096, %r11
        jb      3f
        sub     $4096, %r10
        test    %r10, (%r10)
        sub     $4096, %r11
        jmp     2b
3:      sub     %r11, %r10
        test    %r10, (%r10)
        ret

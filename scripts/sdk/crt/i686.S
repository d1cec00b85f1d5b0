// For 32-bit x86: setjmp, longjmp (see x86_64.S), the stack probe and the stack cookie's check.

        .text
        .globl  __setjmp3
__setjmp3:                              // int _setjmp3(jmp_buf, int, ...)
        mov     4(%esp), %ecx
        mov     (%esp), %edx
        lea     4(%esp), %eax           // the stack after the return
        mov     %edx, 0(%ecx)
        mov     %eax, 4(%ecx)
        mov     %ebx, 8(%ecx)
        mov     %ebp, 12(%ecx)
        mov     %esi, 16(%ecx)
        mov     %edi, 20(%ecx)
        xor     %eax, %eax
        ret

        .globl  _longjmp
_longjmp:                               // void longjmp(jmp_buf, int)
        mov     4(%esp), %ecx
        mov     8(%esp), %eax
        test    %eax, %eax
        jnz     1f
        inc     %eax                    // setjmp never returns 0 a second time
1:      mov     8(%ecx), %ebx
        mov     12(%ecx), %ebp
        mov     16(%ecx), %esi
        mov     20(%ecx), %edi
        mov     4(%ecx), %esp
        jmp     *0(%ecx)

// Takes eax bytes from the stack, touching each page, so that the guard page is met in order.
        .globl  __chkstk
__chkstk:
        push    %ecx
        lea     8(%esp), %ecx           // the caller's stack pointer
1:      cmp     $4096, %eax
        jb      2f
        sub     $4096, %ecx
        test    %ecx, (%ecx)
        sub     $4096, %eax
        jmp     1b
2:      sub     %eax, %ecx
        test    %ecx, (%ecx)
        mov     %esp, %eax
        mov     %ecx, %esp
        mov     (%eax), %ecx            // ecx as it was
        push    4(%eax)                 // the return address
        ret

// Every register but the flags is kept: the caller's result is in eax.
        .globl  "@__security_check_cookie@4"
"@__security_check_cookie@4":
        cmp     ___security_cookie, %ecx
        jne     1f
        ret
1:      mov     $2, %ecx                // FAST_FAIL_STACK_COOKIE_CHECK_FAILURE
        int     $0x29

// Where a thread's block of the system points to its thread-local variables.
        .globl  __tls_array
        .set    __tls_array, 0x2c

// There is no exception handler in this file: the linker wants that said.
        .globl  "@feat.00"
        .set    "@feat.00", 1

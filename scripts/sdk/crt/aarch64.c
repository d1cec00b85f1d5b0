/*
 * aarch64.c - Microsoft's compiler calls these for 64-bit ARM; others have the instructions in line. clang knows the
 * names, so a function that is to be one of them is called something else here.
 */
#define CALLED(name) __asm__(#name)

long interlocked_and(long volatile *value, long mask) CALLED(_InterlockedAnd);
long interlocked_and(long volatile *value, long mask)
{
    return __atomic_fetch_and(value, mask, __ATOMIC_SEQ_CST);
}

long interlocked_or(long volatile *value, long mask) CALLED(_InterlockedOr);
long interlocked_or(long volatile *value, long mask)
{
    return __atomic_fetch_or(value, mask, __ATOMIC_SEQ_CST);
}

long interlocked_increment(long volatile *value) CALLED(_InterlockedIncrement);
long interlocked_increment(long volatile *value)
{
    return __atomic_add_fetch(value, 1, __ATOMIC_SEQ_CST);
}

long interlocked_decrement(long volatile *value) CALLED(_InterlockedDecrement);
long interlocked_decrement(long volatile *value)
{
    return __atomic_sub_fetch(value, 1, __ATOMIC_SEQ_CST);
}

long interlocked_exchange(long volatile *value, long with) CALLED(_InterlockedExchange);
long interlocked_exchange(long volatile *value, long with)
{
    return __atomic_exchange_n(value, with, __ATOMIC_SEQ_CST);
}

long interlocked_compare_exchange(long volatile *value, long with, long if_it_is)
    CALLED(_InterlockedCompareExchange);
long interlocked_compare_exchange(long volatile *value, long with, long if_it_is)
{
    __atomic_compare_exchange_n(value, &if_it_is, with, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return if_it_is;
}

void *interlocked_exchange_pointer(void *volatile *value, void *with) CALLED(_InterlockedExchangePointer);
void *interlocked_exchange_pointer(void *volatile *value, void *with)
{
    return __atomic_exchange_n(value, with, __ATOMIC_SEQ_CST);
}

void *interlocked_compare_exchange_pointer(void *volatile *value, void *with, void *if_it_is)
    CALLED(_InterlockedCompareExchangePointer);
void *interlocked_compare_exchange_pointer(void *volatile *value, void *with, void *if_it_is)
{
    __atomic_compare_exchange_n(value, &if_it_is, with, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return if_it_is;
}

// All kernels for one instruction set. Compiled several times, each with other flags and another VARIANT.
#include "bind.h"
#include "board.h"
#include "light.h"
#include "random.h"
#include "spin-half.h"

#define STRING_OF(x) #x
#define NAME_OF(x) STRING_OF(x)
#define TABLE_OF2(x) kernels_##x
#define TABLE_OF(x) TABLE_OF2(x)

/** The names and arguments of ../raw-kernels.ts. */
static const Kernel list[] = {
    KERNEL(fillUniform),
    KERNEL(boardDense),
    KERNEL(boardEuler),
    KERNEL(boardHeun),
    KERNEL(lightHeun),
    KERNEL(lightStrang),
    KERNEL(lightWigner),
    KERNEL(spinHalf),
    KERNEL(fillNormal),
    KERNEL(fillExponential),
};

extern "C" const KernelTable TABLE_OF(VARIANT);
const KernelTable TABLE_OF(VARIANT) = {NAME_OF(VARIANT), list, sizeof(list) / sizeof(list[0])};

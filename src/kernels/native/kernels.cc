// All kernels for one instruction set. Compiled several times, each with other flags and another VARIANT.
#include "anneal.h"
#include "bind.h"
#include "descent.h"
#include "langevin.h"
#include "matrix.h"
#include "oscillators.h"
#include "events.h"
#include "flips.h"
#include "products.h"
#include "peak.h"
#include "board.h"
#include "light.h"
#include "random.h"
#include "memory.h"
#include "layered.h"
#include "redraws.h"
#include "retrieve.h"
#include "row.h"
#include "spin-half.h"
#include "synapses.h"

#define STRING_OF(x) #x
#define NAME_OF(x) STRING_OF(x)
#define TABLE_OF2(x) kernels_##x
#define TABLE_OF(x) TABLE_OF2(x)

/** The names and arguments of ../raw-kernels.ts. */
static const Kernel list[] = {
    KERNEL(fillUniform),
    KERNEL(layeredProduct),
    KERNEL(layeredSteps),
    KERNEL(multiplyGroups32),
    KERNEL(multiplyGroups64),
    KERNEL(multiplyRows32),
    KERNEL(multiplyRows64),
    KERNEL(peakFma),
    KERNEL(peakRead),
    KERNEL(boardDense),
    KERNEL(boardEuler),
    KERNEL(boardHeun),
    KERNEL(lightHeun),
    KERNEL(lightStrang),
    KERNEL(lightWigner),
    KERNEL(spinHalf),
    KERNEL(fillNormal),
    KERNEL(fillExponential),
    KERNEL(explicitSteps32),
    KERNEL(explicitSteps64),
    KERNEL(multiplySparse64),
    KERNEL(normalRows64),
    KERNEL(flowRows64),
    KERNEL(linearRows64),
    KERNEL(siteTerms64),
    KERNEL(pairTerm64),
    KERNEL(siteHeats64),
    KERNEL(oscillatorSteps64),
    KERNEL(oscillatorRows64),
    KERNEL(memoryReset),
    KERNEL(memoryCount),
    KERNEL(memoryField),
    KERNEL(memoryFields),
    KERNEL(memoryLogField),
    KERNEL(memoryFlip),
    KERNEL(memoryDescend),
    KERNEL(flipsMemories),
    KERNEL(flipsExponential),
    KERNEL(flipsSynapses),
    KERNEL(redraws),
    KERNEL(annealFields),
    KERNEL(annealSweeps),
    KERNEL(startEvents),
    KERNEL(runEvents),
    KERNEL(sumFields),
    KERNEL(flipsInt8),
    KERNEL(flipsInt16),
    KERNEL(flipsFloat32),
    KERNEL(flipsFloat64),
    KERNEL(flipsSparse),
    KERNEL(productsFloat32),
    KERNEL(productsFloat64),
    KERNEL(productsInt16),
    KERNEL(productsInt8),
    KERNEL(addRowFloat32),
    KERNEL(addRowFloat64),
    KERNEL(addRowInt16),
    KERNEL(addRowInt8),
    KERNEL(scaleRow64),
    KERNEL(retrieve),
    KERNEL(descend),
    KERNEL(leastSite),
    KERNEL(unstableSites),
};

extern "C" const KernelTable TABLE_OF(VARIANT);
const KernelTable TABLE_OF(VARIANT) = {NAME_OF(VARIANT), list, sizeof(list) / sizeof(list[0])};

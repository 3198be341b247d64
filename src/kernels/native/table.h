#pragma once
#include <node_api.h>
#include <cstddef>
#include <type_traits>
#include <utility>

struct Kernel {
  const char* name;
  napi_callback call;
};
/** The kernels of one instruction set. */
struct KernelTable {
  const char* variant;
  const Kernel* kernels;
  size_t count;
};

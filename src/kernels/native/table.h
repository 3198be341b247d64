#pragma once
#include <cstdint>
#include <node_api.h>
#include <cstddef>
#include <type_traits>
#include <utility>

struct Kernel {
  const char* name;
  /** As a function of JavaScript. */
  napi_callback call;
  /** The same without JavaScript, for count.cc: start of the memory, and the arguments. */
  void (*plain)(uint8_t* memory, const double* arguments);
  size_t arguments;
};
/** The kernels of one instruction set. */
struct KernelTable {
  const char* variant;
  const Kernel* kernels;
  size_t count;
};

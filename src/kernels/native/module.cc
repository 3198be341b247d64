// The Node-API module: which instruction sets are here, and kernels bound to a run's memory.
#include <cstring>
#include "simd.h"
#include "table.h"

/** Changes with the kernels' names or arguments, or with the layout of what they read and write; the same number stands in ../load-native.ts. */
static constexpr int ABI = 2;

#if defined(__x86_64__)
extern "C" const KernelTable kernels_avx512;
extern "C" const KernelTable kernels_avx2;
static bool hasAvx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vpopcntdq");
}
static bool hasAvx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
#elif defined(__aarch64__)
extern "C" const KernelTable kernels_neon;
#endif
extern "C" const KernelTable kernels_generic;

struct Variant {
  const KernelTable* table;
  bool (*here)();
};
static const Variant VARIANTS[] = {
#if defined(__x86_64__)
    {&kernels_avx512, hasAvx512},
    {&kernels_avx2, hasAvx2},
#elif defined(__aarch64__)
    {&kernels_neon, [] { return true; }},
#endif
    {&kernels_generic, [] { return true; }},
};

/** bind(memory, variant): an object of kernels; it keeps the memory alive. */
static napi_value bind(napi_env env, napi_callback_info info) {
  napi_value args[2];
  size_t count = 2;
  napi_get_cb_info(env, info, &count, args, nullptr, nullptr);
  char wanted[16] = "";
  size_t length = 0;
  void* start = nullptr;
  napi_typedarray_type type;
  size_t elements;
  if (count < 2 ||
      napi_get_typedarray_info(env, args[0], &type, &elements, &start, nullptr, nullptr) != napi_ok ||
      napi_get_value_string_utf8(env, args[1], wanted, sizeof wanted, &length) != napi_ok) {
    napi_throw_type_error(env, nullptr, "bind takes a Uint8Array and the name of a variant");
    return nullptr;
  }
  const KernelTable* table = nullptr;
  for (const Variant& variant : VARIANTS) {
    if (variant.here() && std::strcmp(variant.table->variant, wanted) == 0) table = variant.table;
  }
  if (table == nullptr) {
    napi_throw_error(env, nullptr, "there is no such variant here");
    return nullptr;
  }
  Memory* const memory = new Memory{static_cast<uint8_t*>(start)};
  napi_value object;
  napi_create_object(env, &object);
  napi_set_named_property(env, object, "memory", args[0]);
  for (size_t k = 0; k < table->count; k++) {
    napi_value function;
    napi_create_function(env, table->kernels[k].name, NAPI_AUTO_LENGTH, table->kernels[k].call, memory,
                         &function);
    napi_set_named_property(env, object, table->kernels[k].name, function);
  }
  // A Memory is 8 bytes: it is left to the process, as a kernel may outlive the object it was taken from.
  return object;
}

static napi_value init(napi_env env, napi_value exports) {
  napi_value value;
  napi_create_int32(env, ABI, &value);
  napi_set_named_property(env, exports, "abi", value);
  napi_create_array(env, &value);
  uint32_t count = 0;
  for (const Variant& variant : VARIANTS) {
    if (!variant.here()) continue;
    napi_value name;
    napi_create_string_utf8(env, variant.table->variant, NAPI_AUTO_LENGTH, &name);
    napi_set_element(env, value, count++, name);
  }
  napi_set_named_property(env, exports, "variants", value);
  napi_create_array(env, &value);
  for (size_t k = 0; k < kernels_generic.count; k++) {
    napi_value name;
    napi_create_string_utf8(env, kernels_generic.kernels[k].name, NAPI_AUTO_LENGTH, &name);
    napi_set_element(env, value, k, name);
  }
  napi_set_named_property(env, exports, "kernels", value);
  napi_create_function(env, "bind", NAPI_AUTO_LENGTH, bind, nullptr, &value);
  napi_set_named_property(env, exports, "bind", value);
  return exports;
}
NAPI_MODULE(relaxd_kernels, init)

// From a C++ function of (Memory, numbers…) to a function of Node-API: every argument is a JavaScript number.
#pragma once
#include <node_api.h>
#include "simd.h"
#include "table.h"

namespace {

template <auto F>
struct Bound;
template <typename R, typename... A, R (*F)(Memory, A...)>
struct Bound<F> {
  template <size_t... K>
  static R run(Memory memory, const double* a, std::index_sequence<K...>) {
    return F(memory, cast<A>(a[K])...);
  }
  template <typename T>
  static T cast(double x) {
    return static_cast<T>(x);
  }
  static constexpr size_t arguments = sizeof...(A);
  static void plain(uint8_t* memory, const double* a) {
    run(Memory{memory}, a, std::make_index_sequence<arguments>());
  }
  static napi_value call(napi_env env, napi_callback_info info) {
    constexpr size_t count = sizeof...(A);
    napi_value args[count + 1];
    size_t given = count;
    void* data = nullptr;
    napi_get_cb_info(env, info, &given, args, nullptr, &data);
    double values[count + 1];
    for (size_t k = 0; k < count; k++) {
      values[k] = 0;
      if (k >= given || napi_get_value_double(env, args[k], &values[k]) != napi_ok) {
        napi_throw_type_error(env, nullptr, "kernels take numbers only, all of them");
        return nullptr;
      }
    }
    const Memory memory = *static_cast<Memory*>(data);
    if constexpr (std::is_void_v<R>) {
      run(memory, values, std::make_index_sequence<count>());
      return nullptr;
    } else {
      const R result = run(memory, values, std::make_index_sequence<count>());
      napi_value out;
      napi_create_double(env, static_cast<double>(result), &out);
      return out;
    }
  }
};

}  // namespace

#define KERNEL(name) {#name, &Bound<&name>::call, &Bound<&name>::plain, Bound<&name>::arguments}

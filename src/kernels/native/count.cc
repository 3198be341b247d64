// Runs one kernel once on a memory that was written to a file, for counting its instructions and for processors that Node is
// not at hand for: `count MEMORY NAME ARGUMENTS…`. Prints a checksum of the memory afterwards.
// Built by scripts/count-instructions.mjs with the kernels of one instruction set (TABLE names them).
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>
#include "table.h"
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_TOGGLE_COLLECT
#endif

extern "C" const KernelTable TABLE;

// The kernels' JavaScript functions are linked in as well, and never called.
extern "C" {
napi_status napi_get_cb_info(napi_env, napi_callback_info, size_t*, napi_value*, napi_value*, void**) {
  std::abort();
}
napi_status napi_get_value_double(napi_env, napi_value, double*) { std::abort(); }
napi_status napi_throw_type_error(napi_env, const char*, const char*) { std::abort(); }
napi_status napi_create_double(napi_env, double, napi_value*) { std::abort(); }
}

static constexpr size_t ALIGNMENT = 64;

/** FNV-1a of 64 bits. */
static uint64_t checksum(const uint8_t* bytes, size_t count) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (size_t k = 0; k < count; k++) hash = (hash ^ bytes[k]) * 0x100000001b3u;
  return hash;
}

int main(int count, char** words) {
  if (count < 3) {
    std::fprintf(stderr, "usage: count MEMORY NAME ARGUMENTS…\n");
    return 2;
  }
  std::FILE* const file = std::fopen(words[1], "rb");
  if (file == nullptr) {
    std::perror(words[1]);
    return 2;
  }
  std::fseek(file, 0, SEEK_END);
  const size_t size = static_cast<size_t>(std::ftell(file));
  std::rewind(file);
  // As in an arena, what lies behind may be read by a vector that is wider than the rest of an array.
  const size_t whole = (size / ALIGNMENT + 2) * ALIGNMENT;
  uint8_t* const memory = static_cast<uint8_t*>(std::aligned_alloc(ALIGNMENT, whole));
  std::memset(memory, 0, whole);
  if (std::fread(memory, 1, size, file) != size) {
    std::perror(words[1]);
    return 2;
  }
  std::fclose(file);
  for (size_t k = 0; k < TABLE.count; k++) {
    const Kernel& kernel = TABLE.kernels[k];
    if (std::strcmp(kernel.name, words[2]) != 0) continue;
    std::vector<double> arguments;
    for (int a = 3; a < count; a++) arguments.push_back(std::atof(words[a]));
    if (arguments.size() != kernel.arguments) {
      std::fprintf(stderr, "%s takes %zu arguments\n", kernel.name, kernel.arguments);
      return 2;
    }
    CALLGRIND_TOGGLE_COLLECT;
    kernel.plain(memory, arguments.data());
    CALLGRIND_TOGGLE_COLLECT;
    std::printf("%016llx\n", static_cast<unsigned long long>(checksum(memory, size)));
    return 0;
  }
  std::fprintf(stderr, "there is no kernel %s\n", words[2]);
  return 2;
}

// SPDX-License-Identifier: Apache-2.0
// libFuzzer: arbitrary bytes as the file of a held object. Build with the preset `fuzz`, then
//
//     build/fuzz/tests/fuzz/object_fuzzer -max_len=8192 -max_total_time=600
#include <cstddef>
#include <cstdint>
#include <span>

#include "fuzz/image.hpp"
#include "fuzz/planted.hpp"
#include "support/scoped_root.hpp"

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments);
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

namespace {
bool planted = false;
}

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  planted = coview_test::asks_for_planted({*arguments, static_cast<std::size_t>(*count)});
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (planted) coview_test::believe({data, size});
  static coview_test::scoped_root const root;
  static coview_test::image_host host;
  static unsigned runs = 0;
  constexpr unsigned thorough_every = 64;
  host.try_all(coview_test::decode(std::as_bytes(std::span(data, size))), ++runs % thorough_every == 0);
  return 0;
}

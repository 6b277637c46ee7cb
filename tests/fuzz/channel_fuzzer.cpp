// SPDX-License-Identifier: Apache-2.0
// libFuzzer: arbitrary words in the whole image of a queue or topic. Build with the preset `fuzz`, then
//
//     build/fuzz/tests/fuzz/channel_fuzzer -max_len=512 -len_control=0 -timeout=30 -max_total_time=600
#include <cstddef>
#include <cstdint>
#include <span>

#include "fuzz/channel_image.hpp"
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
  static coview_test::channel_host host;
  host.try_all(coview_test::decode_channel(std::as_bytes(std::span(data, size))));
  return 0;
}

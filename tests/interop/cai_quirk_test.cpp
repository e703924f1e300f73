// SPDX-License-Identifier: MIT
#include <pane/interop/cai_quirk.hpp>
#include <tests/support/catch.hpp>

#include <set>
#include <string>

using pane::CaiQuirk;

TEST_CASE("every quirk has a bit and a name of its own") {
  std::set<std::string> names;
  pane::CaiQuirks all;
  for (int i = 0; i < pane::cai_quirk_count; ++i) {
    auto const quirk = static_cast<CaiQuirk>(1 << i);
    CHECK_FALSE(all.has(quirk));
    all |= quirk;
    CHECK(all.has(quirk));
    names.insert(name(quirk));
  }
  CHECK(names.size() == static_cast<std::size_t>(pane::cai_quirk_count));
  CHECK(names.count("?") == 0);
  CHECK(all == pane::cai::every_producer);
}

TEST_CASE("the presets nest: strict, tolerant, a producer, every producer") {
  CHECK(pane::cai::strict.empty());
  CHECK_FALSE(pane::cai::tolerant.has(CaiQuirk::pynvvc_stream_zero));
  CHECK_FALSE(pane::cai::tolerant.has(CaiQuirk::numpy_char_code));
  for (pane::CaiQuirks const preset :
       {pane::cai::pynvvideocodec, pane::cai::cvcuda, pane::cai::vpf}) {
    CHECK((preset | pane::cai::tolerant) == preset);
    CHECK_FALSE(preset == pane::cai::tolerant);
    CHECK((preset | pane::cai::every_producer) == pane::cai::every_producer);
  }
}

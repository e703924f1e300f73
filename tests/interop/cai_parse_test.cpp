// SPDX-License-Identifier: MIT
#include <pane/interop/cai_parse.hpp>
#include <tests/support/catch.hpp>

#include <array>
#include <fstream>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace {

std::string judged(std::string const& text, pane::CaiOptions const& options = {}) {
  try {
    resolve(pane::from_python_text(text, options), options);
  } catch (pane::ImportError const& error) {
    return name(error.code());
  }
  return "accepted";
}

/// The dictionary of a float array of 3 with some keys replaced ("" leaves a key out).
std::string with(std::vector<std::pair<std::string, std::string>> const& changes) {
  std::vector<std::pair<std::string, std::string>> keys{{"shape", "(3,)"},
                                                        {"typestr", "'<f4'"},
                                                        {"data", "(139637976727552, False)"},
                                                        {"version", "3"}};
  for (auto const& change : changes) {
    bool found = false;
    for (auto& key : keys) {
      if (key.first == change.first) {
        key.second = change.second;
        found = true;
      }
    }
    if (!found) keys.push_back(change);
  }
  std::string out = "{";
  for (auto const& [key, value] : keys) {
    if (!value.empty()) out += "'" + key + "': " + value + ", ";
  }
  return out + "}";
}

std::string one(std::string const& key, std::string const& value) {
  return judged(with({{key, value}}));
}

}  // namespace

TEST_CASE("each rule about the types has its reason") {
  CHECK(judged(with({})) == "accepted");
  CHECK(judged("[('shape', (3,))]") == "not_a_dict");
  CHECK(judged("None") == "not_a_dict");
  CHECK(judged("{}") == "missing_key");
  for (char const* key : {"shape", "typestr", "data", "version"})
    CHECK(one(key, "") == "missing_key");
  for (char const* v : {"'3'", "3.0", "None", "True", "(3,)"})
    CHECK(one("version", v) == "bad_version_type");
  for (char const* v : {"-1", "4", "18446744073709551619"})
    CHECK(one("version", v) == "unsupported_version");
  for (char const* v : {"3", "'23'", "None", "(3.0,)", "(True,)", "('3',)", "(None,)",
                        "np.int64(3)", "(np.int64(3),)"}) {
    CHECK(one("shape", v) == "bad_shape_type");
  }
  for (char const* v : {"(-1,)", "(0, -1)", "(-99999999999999999999,)"})
    CHECK(one("shape", v) == "negative_extent");
  for (char const* v : {"(9223372036854775808,)", "(18446744073709551619,)"})
    CHECK(one("shape", v) == "int_out_of_range");
  for (char const* v : {"None", "4", "('<f4',)", "b'\\xff'"})
    CHECK(one("typestr", v) == "bad_typestr");
  for (char const* v : {"139637976727552", "(139637976727552,)", "(4096, False, 0)",
                        "('0x1000', False)", "(4096.0, False)", "(True, False)", "(4096, 'False')",
                        "(4096, None)", "(4096, 2)", "(4096, -1)", "None"}) {
    CAPTURE(v);
    CHECK(one("data", v) == "bad_data");
  }
  for (char const* v : {"(-4096, False)", "(18446744073709551616, False)"})
    CHECK(one("data", v) == "int_out_of_range");
  for (char const* v : {"4", "'4'", "(True,)", "(4.0,)"})
    CHECK(one("strides", v) == "bad_strides_type");
  for (char const* v : {"(9223372036854775808,)", "(-9223372036854775809,)"})
    CHECK(one("strides", v) == "int_out_of_range");
  for (char const* v : {"()", "(4, 4)"}) CHECK(one("strides", v) == "strides_rank_mismatch");
  for (char const* v : {"False", "{}", "0"}) CHECK(one("mask", v) == "masked");
  for (char const* v : {"True", "'1'", "1.0", "<cupy.cuda.Stream 1>"})
    CHECK(one("stream", v) == "bad_stream_type");
  for (char const* v : {"-1", "-2", "-99999999999999999999"})
    CHECK(one("stream", v) == "stream_negative");
  CHECK(one("stream", "0") == "stream_zero");
  CHECK(one("stream", "18446744073709551616") == "int_out_of_range");
  CHECK(judged(with({{"typestr", "'|V4'"}, {"descr", "'<i4'"}})) == "bad_descr");
  CHECK(judged(with({{"typestr", "'|V4'"}, {"descr", "[('a', '<i8')]"}})) == "descr_mismatch");
  CHECK(one("descr", "'no descr at all'") == "accepted");
  CHECK(one("gpuIdx", "0") == "accepted");
}

TEST_CASE("the first broken rule wins, in the order of the policy") {
  // Each entry breaks one rule; a dictionary that breaks this and all later rules is refused for this one.
  std::vector<std::array<std::string, 3>> const rules{
      {"version", "'3'", "bad_version_type"}, {"shape", "(-1,)", "negative_extent"},
      {"typestr", "'f'", "bad_typestr"},      {"data", "4096", "bad_data"},
      {"strides", "'4'", "bad_strides_type"}, {"mask", "{}", "masked"},
      {"stream", "0", "stream_zero"}};
  for (std::size_t first = 0; first < rules.size(); ++first) {
    std::vector<std::pair<std::string, std::string>> changes;
    for (std::size_t i = first; i < rules.size(); ++i)
      changes.emplace_back(rules[i][0], rules[i][1]);
    CHECK(judged(with(changes)) == rules[first][2]);
  }
  CHECK(judged(with({{"shape", "(4294967296, 4294967296)"}, {"data", "(0, False)"}})) ==
        "size_overflow");
  CHECK(judged(with({{"data", "(0, False)"}, {"strides", "(9223372036854775807,)"}})) ==
        "null_data");
  CHECK(judged(with({{"data", "(2, False)"}, {"strides", "(9223372036854775807,)"}})) ==
        "extent_overflow");
  CHECK(judged(with({{"data", "(4098, False)"}, {"strides", "(3,)"}})) == "misaligned_pointer");
}

TEST_CASE("tolerances are reported and strict mode turns them off") {
  using pane::CaiQuirk;
  struct Case {
    char const* key;
    char const* value;
    CaiQuirk quirk;
    char const* strict;
  };
  for (Case const& c : {Case{"shape", "[3]", CaiQuirk::sequence_for_tuple, "bad_shape_type"},
                        Case{"strides", "[4]", CaiQuirk::sequence_for_tuple, "bad_strides_type"},
                        Case{"data", "[4096, False]", CaiQuirk::sequence_for_tuple, "bad_data"},
                        Case{"data", "(4096, 1)", CaiQuirk::integer_flag, "bad_data"},
                        Case{"typestr", "b'<f4'", CaiQuirk::bytes_typestr, "bad_typestr"}}) {
    std::string const text = with({{c.key, c.value}});
    CAPTURE(text);
    CHECK(pane::from_python_text(text).quirks == c.quirk);
    CHECK(judged(text, {.accept = pane::cai::strict}) == c.strict);
  }
  CHECK(pane::from_python_text(with({{"data", "(4096, 1)"}})).readonly);
  std::string const minus_one = with({{"stream", "-1"}});
  CHECK(pane::from_python_text(minus_one, {.accept = pane::cai::cvcuda}).stream ==
        pane::Presence::none);
  CHECK(judged(with({{"stream", "-2"}}), {.accept = pane::cai::cvcuda}) == "stream_negative");
  CHECK(judged(with({{"stream", "0"}}), {.accept = pane::cai::pynvvideocodec}) == "accepted");
}

TEST_CASE("a message names the field, the value and the rule") {
  try {
    pane::from_python_text(with({{"shape", "(480, 640.0, 3)"}}));
    FAIL("accepted");
  } catch (pane::ImportError const& error) {
    CHECK(std::string(error.what()) ==
          "pane: CUDA array interface: shape is (480, 640.0, 3): 640.0 is no int (bad_shape_type)");
  }
}

TEST_CASE("mutated texts are parsed or refused and nothing else happens") {
  std::ifstream file(std::string(test::data_dir()) + "/cai_corpus.jsonl");
  std::vector<std::string> seeds{
      with({}), with({{"shape", "(2, 3)"}, {"strides", "(-12, 4)"}, {"stream", "2"}})};
  for (std::string line; std::getline(file, line);) {
    std::string const marker = "\"interface\": ";
    std::size_t const begin = line.find(marker) + marker.size();
    seeds.push_back(line.substr(begin, line.find(", \"expect\"") - begin));
  }
  REQUIRE(seeds.size() > 200);
  std::mt19937 random(3);
  int accepted = 0;
  int refused = 0;
  int unread = 0;
  constexpr std::string_view pieces[] = {"(",    ")",    "[",    "]",    "{",  "}",  "'",
                                         "\"",   ",",    ":",    "-",    "0",  "9",  "99999999999",
                                         "None", "null", "true", "<",    "\\", "b'", "e9",
                                         ".5",   "\xff", "|V8",  "descr"};
  for (int i = 0; i < 20000; ++i) {
    std::string text = seeds[random() % seeds.size()];
    for (auto n = random() % 4; n > 0; --n) {
      std::size_t const at = random() % (text.size() + 1);
      switch (random() % 3) {
        case 0:
          text.insert(at, pieces[random() % std::size(pieces)]);
          break;
        case 1:
          text.erase(at, random() % 5);
          break;
        default:
          if (at < text.size()) text[at] = static_cast<char>(random() % 256);
      }
    }
    for (bool const json : {false, true}) {
      try {
        pane::CaiOptions const options{random() % 2 == 0 ? pane::cai::tolerant
                                                         : pane::cai::every_producer};
        resolve(json ? pane::from_json_text(text, options) : pane::from_python_text(text, options),
                options);
        ++accepted;
      } catch (pane::ImportError const&) {
        ++refused;
      } catch (pane::TextError const&) {
        ++unread;
      }
    }
  }
  CHECK(accepted > 100);
  CHECK(refused > 100);
  CHECK(unread > 100);
}

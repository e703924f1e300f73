// SPDX-License-Identifier: MIT
#pragma once

// Golden outputs of other libraries (tests/data/golden, made by tests/data/make_references.py) and
// the inputs that belong to them, made again here by the same integer hash. Fields:
// tests/data/golden/README.md.
//
//   test::Golden const golden("resize");
//   for (auto const& c : golden.cases()) {
//     std::vector<float> src = c.input().as<float>();
//     ... run c.params()["height"], ... into out ...
//     auto const result = c.compare(out);
//     INFO(result.message);
//     CHECK(result.ok);
//   }

#include <tests/support/golden_array.hpp>

#include <nlohmann/json.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace test {

using Json = nlohmann::json;

/// The directory golden/: below the environment's PANE_TEST_DATA, else below PANE_TEST_DATA_DIR.
inline std::filesystem::path golden_dir() {
  char const* const path = std::getenv("PANE_TEST_DATA");
  if (path != nullptr && *path != '\0') return std::filesystem::path(path) / "golden";
#ifdef PANE_TEST_DATA_DIR
  return std::filesystem::path(PANE_TEST_DATA_DIR) / "golden";
#else
  throw std::runtime_error("golden: set PANE_TEST_DATA to the directory tests/data");
#endif
}

/// All bytes of a file; throws with its path when it cannot be read.
inline Bytes read_bytes(std::filesystem::path const& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw std::runtime_error(
        "golden: cannot read " + path.string() +
        " (PANE_TEST_DATA must name tests/data; make_references.py writes the files)");
  }
  return Bytes(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

/// The outcome of a comparison; `message` names the case, the bound, the worst element and both
/// values there.
struct Comparison {
  bool ok = false;
  std::size_t mismatches = 0;
  double max_abs = 0;
  std::string message;
};

/// One golden case. Everything is checked against the manifest's CRC-32 when it is asked for.
class GoldenCase {
 public:
  GoldenCase(Json description,
             std::shared_ptr<Bytes const> blob,
             std::shared_ptr<Array const> natural)
      : json_(std::move(description)), blob_(std::move(blob)), natural_(std::move(natural)) {}

  std::string id() const { return json_.at("id"); }
  std::string library() const { return json_.at("library"); }  ///< "opencv", ..., or "float64"
  Json const& params() const { return json_.at("params"); }
  Json const& description() const { return json_; }  ///< the whole entry of the manifest
  double absolute() const { return json_.at("tolerance").at("absolute"); }
  double relative() const { return json_.at("tolerance").at("relative"); }

  /// The input, made again (or read, for stored values); throws when it is not the one the
  /// reference was made from.
  Array input() const {
    Json const& about = json_.at("input");
    Array array = describe(about);
    std::string const kind = about.at("kind");
    if (kind == "stored") {
      array.bytes = slice(about);
    } else if (kind == "hash") {
      fill_hash(array, about.at("seed"), about.value("scale", 1.0), about.value("bias", 0.0));
    } else if (kind == "natural") {
      fill_natural(array, about);
    } else {
      throw std::runtime_error("golden: " + id() + ": unknown input kind " + kind);
    }
    check(array.bytes, about, "input");
    return array;
  }

  /// What the library gave.
  Array expected() const {
    Json const& about = json_.at("output");
    Array array = describe(about);
    array.bytes = slice(about);
    check(array.bytes, about, "output");
    return array;
  }

  /// |got - want| <= absolute + relative * |want| for every element, in the order of the expected
  /// layout. NaN matches NaN only. With params.interior (a rectangle of the output, HW or HWC) only
  /// the elements inside it count.
  Comparison compare(std::vector<double> const& got) const {
    Array const want_array = expected();
    std::vector<double> const want = want_array.doubles();
    Comparison result;
    std::ostringstream text;
    text.precision(9);
    text << id() << ": ";
    if (got.size() != want.size()) {
      text << got.size() << " elements, the reference has " << want.size();
      result.message = text.str();
      return result;
    }
    std::size_t worst = 0;
    std::size_t counted = 0;
    for (std::size_t i = 0; i < want.size(); ++i) {
      if (!counts(want_array, i)) continue;
      ++counted;
      if (got[i] == want[i] || (std::isnan(got[i]) && std::isnan(want[i]))) continue;
      double difference = std::abs(got[i] - want[i]);
      if (std::isnan(difference)) difference = std::numeric_limits<double>::infinity();
      if (!(difference <= absolute() + relative() * std::abs(want[i])) || std::isinf(difference))
        ++result.mismatches;
      if (difference > result.max_abs) {
        result.max_abs = difference;
        worst = i;
      }
    }
    result.ok = result.mismatches == 0 && (counted > 0 || want.empty());
    text << result.mismatches << " of " << counted << " outside absolute " << absolute()
         << " relative " << relative();
    if (result.max_abs > 0) {
      text << "; worst at element " << worst << position(want_array, worst) << ": got "
           << got[worst] << ", " << library() << " gave " << want[worst];
    }
    result.message = text.str();
    return result;
  }

  template <class T>
  Comparison compare(std::vector<T> const& got) const {
    static_assert(std::is_arithmetic_v<T>, "f16 and bf16: compare(dtype, data, count)");
    return compare(std::vector<double>(got.begin(), got.end()));
  }

  /// The same for packed elements of a named dtype (what f16 and bf16 results need).
  Comparison compare(std::string_view dtype, void const* data, std::size_t count) const {
    return compare(to_doubles(dtype, data, count));
  }

 private:
  Array describe(Json const& about) const {
    Array array{about.at("dtype"), about.at("layout"), about.at("shape"), {}};
    array.bytes.resize(about.at("bytes").get<std::size_t>());
    std::size_t count = dtype_bytes(array.dtype);
    for (std::int64_t const extent : array.shape) count *= static_cast<std::size_t>(extent);
    if (count != array.bytes.size())
      throw std::runtime_error("golden: " + id() + ": shape and bytes disagree");
    return array;
  }

  Bytes slice(Json const& about) const {
    auto const offset = about.at("offset").get<std::size_t>();
    auto const bytes = about.at("bytes").get<std::size_t>();
    if (offset > blob_->size() || bytes > blob_->size() - offset) {
      throw std::runtime_error("golden: " + id() + ": the .bin file is too short");
    }
    return Bytes(blob_->data() + offset, blob_->data() + offset + bytes);
  }

  void check(Bytes const& bytes, Json const& about, char const* what) const {
    if (crc32(bytes.data(), bytes.size()) != about.at("crc32").get<std::uint32_t>()) {
      throw std::runtime_error("golden: " + id() + ": CRC-32 of the " + what +
                               " differs from the manifest");
    }
  }

  void fill_natural(Array& array, Json const& about) const {
    auto const x0 = about.at("x").get<std::int64_t>();
    auto const y0 = about.at("y").get<std::int64_t>();
    auto const channels = about.at("channels").get<std::int64_t>();
    double const scale = about.value("scale", 1.0);
    double const bias = about.value("bias", 0.0);
    std::int64_t const picture_width = natural_->extent('W');
    std::size_t i = 0;
    for (std::int64_t y = y0; y < y0 + array.extent('H'); ++y) {
      for (std::int64_t x = x0; x < x0 + array.extent('W'); ++x) {
        for (std::int64_t c = 0; c < channels; ++c) {
          std::int64_t const source =
              channels == 1 || c == 3 ? 1 : c;  // green alone; alpha is 255 - green
          int value =
              natural_->bytes.at(static_cast<std::size_t>((y * picture_width + x) * 3 + source));
          if (c == 3) value = 255 - value;
          if (array.dtype == "u8") {
            array.bytes.at(i) = static_cast<std::uint8_t>(value);
          } else {
            detail::store(array.bytes, i, static_cast<float>(value * scale + bias));
          }
          ++i;
        }
      }
    }
  }

  /// Row, column and channel of element i of an HW or HWC array.
  static std::array<std::int64_t, 3> coordinates(Array const& array, std::size_t i) {
    auto const channels = array.extent('C');
    auto const pixel = static_cast<std::int64_t>(i) / channels;
    return {pixel / array.extent('W'), pixel % array.extent('W'),
            static_cast<std::int64_t>(i) % channels};
  }

  bool counts(Array const& array, std::size_t i) const {
    auto const interior = params().find("interior");
    if (interior == params().end()) return true;
    auto const [y, x, c] = coordinates(array, i);
    std::int64_t const left = interior->at("x"), top = interior->at("y");
    std::int64_t const width = interior->at("width"), height = interior->at("height");
    return x >= left && x < left + width && y >= top && y < top + height;
  }

  static std::string position(Array const& array, std::size_t i) {
    if (array.layout != "HW" && array.layout != "HWC") return "";
    auto const [y, x, c] = coordinates(array, i);
    return " (y " + std::to_string(y) + ", x " + std::to_string(x) + ", c " + std::to_string(c) +
           ")";
  }

  Json json_;
  std::shared_ptr<Bytes const> blob_;
  std::shared_ptr<Array const> natural_;
};

/// The golden cases of one operator: golden/<op>.json and golden/<op>.bin.
class Golden {
 public:
  explicit Golden(std::string const& op) {
    auto const dir = golden_dir();
    Json const manifest = read_json(dir / (op + ".json"));
    auto const blob =
        std::make_shared<Bytes const>(read_bytes(dir / manifest.at("bin").get<std::string>()));
    if (manifest.at("format") != 1)
      throw std::runtime_error("golden: " + op + ".json: unknown format");
    if (crc32(blob->data(), blob->size()) != manifest.at("bin_crc32").get<std::uint32_t>()) {
      throw std::runtime_error("golden: " + op + ".bin does not belong to " + op + ".json");
    }
    auto const natural = std::make_shared<Array const>(natural_picture());
    for (Json const& entry : manifest.at("cases")) cases_.emplace_back(entry, blob, natural);
    if (cases_.empty()) throw std::runtime_error("golden: " + op + ".json has no cases");
    libraries_ = manifest.at("libraries");
  }

  /// Never empty.
  std::vector<GoldenCase> const& cases() const& { return cases_; }
  std::vector<GoldenCase> const& cases() const&& = delete;  // they would not outlive the statement
  /// Name and version of every library that the references were made with.
  Json const& libraries() const& { return libraries_; }

  /// The case of that id; throws when there is none.
  GoldenCase const& at(std::string_view id) const& {
    for (GoldenCase const& c : cases_) {
      if (c.id() == id) return c;
    }
    throw std::runtime_error("golden: no case " + std::string(id));
  }

  /// golden/natural.bin: a small photograph, u8 HWC, 3 channels (RGB).
  static Array natural_picture() {
    auto const dir = golden_dir();
    Json const about = read_json(dir / "natural.json");
    Array picture{
        "u8", "HWC", {about.at("height"), about.at("width"), 3}, read_bytes(dir / "natural.bin")};
    if (static_cast<std::int64_t>(picture.bytes.size()) !=
            picture.shape[0] * picture.shape[1] * 3 ||
        crc32(picture.bytes.data(), picture.bytes.size()) !=
            about.at("crc32").get<std::uint32_t>()) {
      throw std::runtime_error("golden: natural.bin does not belong to natural.json");
    }
    return picture;
  }

 private:
  static Json read_json(std::filesystem::path const& path) {
    Bytes const text = read_bytes(path);
    try {
      return Json::parse(text.begin(), text.end());
    } catch (Json::exception const& error) {
      throw std::runtime_error("golden: " + path.string() + ": " + error.what());
    }
  }

  std::vector<GoldenCase> cases_;
  Json libraries_;
};

}  // namespace test

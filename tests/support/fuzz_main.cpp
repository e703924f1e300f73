// SPDX-License-Identifier: MIT
// Runs a libFuzzer target without libFuzzer: every line of the given files, and every file of the given folders as a
// whole, then a fixed sequence of changes of them.
// A find is a crash, a sanitizer's report or an escaping exception. The search itself is libFuzzer's, with clang.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

namespace {

constexpr int changed_inputs = 20000;

void run(std::string const& input) {
  // An allocation of its exact size: the sanitizer sees a read past the end.
  std::vector<std::uint8_t> const bytes(input.begin(), input.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

/// One to four changes: a byte replaced, removed or put in, a piece of another seed, or the end cut off.
std::string changed(std::vector<std::string> const& seeds, std::mt19937& random) {
  auto const below = [&](std::size_t n) { return static_cast<std::size_t>(random() % (n + 1)); };
  std::string text = seeds[below(seeds.size() - 1)];
  for (std::size_t left = 1 + below(3); left > 0; --left) {
    std::string const& other = seeds[below(seeds.size() - 1)];
    std::size_t const at = below(text.size());
    switch (random() % 5) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(random());
        break;
      case 1:
        text.erase(at, 1);
        break;
      case 2:
        text.insert(at, 1, "0123456789-+.,:{}[]()'\"\\\0nTF"[random() % 28]);
        break;
      case 3:
        text.insert(at, other, below(other.size()), 1 + random() % 16);
        break;
      default:
        text.resize(at);
    }
  }
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> seeds{"", "{}"};
  for (int i = 1; i < argc; ++i) {
    if (std::filesystem::is_directory(argv[i])) {
      std::vector<std::filesystem::path> files;
      for (auto const& entry : std::filesystem::directory_iterator(argv[i]))
        files.push_back(entry.path());
      std::sort(files.begin(), files.end());  // the same changes everywhere
      for (auto const& path : files) {
        std::ifstream file(path, std::ios::binary);
        seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
      }
      continue;
    }
    std::ifstream file(argv[i]);
    if (!file) {
      std::fprintf(stderr, "cannot open %s\n", argv[i]);
      return 2;
    }
    for (std::string line; std::getline(file, line);) seeds.push_back(line);
  }
  for (std::string const& seed : seeds) run(seed);
  std::mt19937 random(20240229);
  for (int i = 0; i < changed_inputs; ++i) run(changed(seeds, random));
  std::printf("%zu seeds and %d changed inputs\n", seeds.size(), changed_inputs);
  return 0;
}

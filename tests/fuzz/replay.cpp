// SPDX-License-Identifier: MIT
// Runs the kept inputs of one target with any compiler: replay TARGET FOLDER. What was a fault once
// is among them; an input that is read or refused passes.
#include <algorithm>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz.hpp"

int main(int count, char** arguments) {
  const std::string name = count == 3 ? arguments[1] : "";
  const auto target = fuzz::targets().find(name);
  if (target == fuzz::targets().end()) {
    std::cerr << "no target is called \"" << name << "\"\n";
    return 2;
  }
  std::vector<std::filesystem::path> inputs;
  for (const auto& entry : std::filesystem::directory_iterator(arguments[2])) {
    inputs.push_back(entry.path());
  }
  std::size_t read = 0;
  std::sort(inputs.begin(), inputs.end());
  for (const std::filesystem::path& path : inputs) {
    std::cout << path.filename().string() << std::endl;  // Now: the input may be the last.
    std::ifstream file(path, std::ios::binary);
    const std::string input{std::istreambuf_iterator<char>(file), {}};
    try {
      read += fuzz::run(target->second, input) ? 1 : 0;
    } catch (const std::exception& other) {
      std::cerr << "not an infoflow::Error: " << other.what() << "\n";
      return 1;
    }
  }
  std::cout << inputs.size() << " inputs, " << read << " of them read\n";
  return inputs.empty() ? 1 : 0;
}

// SPDX-License-Identifier: MIT
/// \file What parity tests measured, noted for the table in docs/reference/parity.md.
#pragma once

#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <tuple>

#include <unistd.h>

namespace infoflow::tests {

/// One row of the table.
struct ParityRow {
  std::string family;
  std::string command;    ///< What shows it to a user: trace, analyze or sweep.
  std::string quantity;   ///< "logits"
  std::string reference;  ///< Whose numbers these are: "transformers, eager"
  std::string dtype;      ///< What ran: float32 or bfloat16.
  auto operator<=>(const ParityRow&) const = default;
};

/// Notes an error, of which the worst per row counts. The rows are written when the test program
/// ends, a file of its own for each: tab-separated columns family, command, quantity, reference,
/// dtype, our error, and for bfloat16 the reference's own error.
/// Does nothing unless INFOFLOW_PARITY_DIR names a folder.
inline void record_parity(const ParityRow& row, double error, double own_error = 0) {
  struct Notes {
    std::map<ParityRow, std::pair<double, double>> worst;
    ~Notes() {
      const char* folder = std::getenv("INFOFLOW_PARITY_DIR");
      if (folder == nullptr || worst.empty()) return;
      std::ofstream file(std::string(folder) + "/" + std::to_string(getpid()) + ".tsv");
      for (const auto& [r, errors] : worst) {
        file << r.family << '\t' << r.command << '\t' << r.quantity << '\t' << r.reference << '\t'
             << r.dtype << '\t' << errors.first << '\t' << errors.second << '\n';
      }
    }
  };
  static Notes notes;
  const auto [found, is_new] = notes.worst.try_emplace(row, error, own_error);
  // For bfloat16 the worst is the one nearest to what the reference allows.
  const auto badness = [](double e, double own) { return own > 0 ? e / own : e; };
  auto& [worst, own] = found->second;
  if (!is_new && badness(error, own_error) > badness(worst, own)) {
    worst = error;
    own = own_error;
  }
}

}  // namespace infoflow::tests

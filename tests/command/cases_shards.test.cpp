// SPDX-License-Identifier: MIT
// The row "shards" of the small inputs that once failed, in the folder that INFOFLOW_CASES names.
#include <cstdlib>

#include <catch_compat.hpp>

#include "sweep_support.hpp"

using namespace command_test;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("case shards: a row that cannot be asked is named once and counted, and shards merge",
          "[command][sweep][cases]") {
  const char* cases = std::getenv("INFOFLOW_CASES");
  if (cases == nullptr || *cases == '\0') INFOFLOW_NOT_RUN("INFOFLOW_CASES names no folder");
  const Scratch folder;
  std::vector<std::string> merge{"sweep", "--output", (folder / "merged").string(), "--merge"};
  for (const std::string number : {"1", "2"}) {
    merge.push_back((folder / number).string());
    const Outcome part =
        run_command(sweep_of(std::string(cases) + "/shards/data.jsonl", merge.back(),
                             {"--skip-bad", "--shard", number + "/2"}));
    CAPTURE(part.error);
    REQUIRE(part.exit_code == 0);
  }
  const Outcome merged = run_command(merge);
  CAPTURE(merged.error);
  REQUIRE(merged.exit_code == 0);
  CHECK_THAT(merged.error, ContainsSubstring("item yesno-0024"));
  CHECK(merged.error.find("item yesno-0024") == merged.error.rfind("item yesno-0024"));
  CHECK_THAT(merged.out, ContainsSubstring("rows of the data that were skipped: 1"));
  const auto decision = nlohmann::json::parse(content(folder / "merged/decision.json"));
  CHECK(decision["n"] == 29);
  CHECK(decision["rows_skipped"] == 1);
}

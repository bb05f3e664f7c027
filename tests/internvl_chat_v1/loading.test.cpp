// SPDX-License-Identifier: MIT
// What an InternVL-Chat-1.0's files leave open, against what transformers makes of it.
#include "../parity/loading.hpp"

#include <catch_torch.hpp>

#include <adapters/internvl_chat_v1.hpp>

using namespace infoflow;
using namespace infoflow::tests;

TEST_CASE("stored embeddings and heads are used as transformers does, whatever is said of tying",
          "[internvl_chat_v1][loading][tied]") {
  check_tied<adapters::InternvlChatV1>("internvl_chat_v1/fitting",
                                       {"model.embed_tokens.weight", "lm_head.weight"});
}

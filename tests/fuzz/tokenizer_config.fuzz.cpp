// SPDX-License-Identifier: MIT
// The files beside a good tokenizer.json: tokenizer_config.json, added_tokens.json,
// special_tokens_map.json and config.json.
#include "use_tokenizer.hpp"

INFOFLOW_FUZZ_TARGET(tokenizer_config) {
  constexpr std::string_view good = R"({"version": "1.0", "added_tokens": [
    {"id": 5, "content": "<s>", "single_word": false, "lstrip": false, "rstrip": false,
     "normalized": false, "special": true}],
    "normalizer": null, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
    "post_processor": null, "decoder": {"type": "ByteLevel"},
    "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2, "<unk>": 3, "c": 4},
              "merges": ["a b"], "unk_token": "<unk>"}})";
  const auto parts = fuzz::parts(input, 4);
  (void)fuzz::folder().file("tokenizer.json", good);
  (void)fuzz::folder().file("tokenizer_config.json", parts[0]);
  (void)fuzz::folder().file("added_tokens.json", parts[1]);
  (void)fuzz::folder().file("special_tokens_map.json", parts[2]);
  (void)fuzz::folder().file("config.json", parts[3]);
  fuzz::use_tokenizer("<s>ab cab");
}

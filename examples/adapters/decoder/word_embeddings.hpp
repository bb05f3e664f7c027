// SPDX-License-Identifier: MIT
/// \file A decoder's two tables of words, the embedding and the head, and when one stands for both.
#pragma once

#include <string>
#include <vector>

#include <adapters/checkpoint/tensor_list.hpp>
#include <adapters/checkpoint/tensor_reader.hpp>
#include <adapters/decoder/text_config.hpp>

namespace infoflow::adapters {

struct WordEmbeddings {
  at::Tensor embedding;  ///< [vocabulary, channels]
  Linear head;           ///< [vocabulary, channels]
};

/// What is stored is used, whatever "tie_word_embeddings" says; where it is true, the one of the two
/// that is missing is the other. So does transformers.
/// \param embedding, head  the names of the two tensors
inline void add_word_embeddings(TensorList& list, const TextConfig& text,
                                const std::string& embedding, const std::string& head) {
  const std::vector<std::int64_t> shape{text.vocab_size, text.hidden_size};
  const bool tied = text.tie_word_embeddings;
  list.tensors.push_back({embedding, shape, true, tied ? head : ""});
  list.tensors.push_back({head, shape, true, tied ? embedding : ""});
}

/// The two whose tensors `add_word_embeddings` lists.
[[nodiscard]] inline WordEmbeddings read_word_embeddings(const TensorReader& read,
                                                         const std::string& embedding,
                                                         const std::string& head) {
  const at::Tensor first = read.tensor(read.has(embedding) ? embedding : head);
  const bool two = read.has(embedding) && read.has(head);
  return {first, {two ? read.tensor(head) : first, {}}};
}

}  // namespace infoflow::adapters

// SPDX-License-Identifier: MIT
// Attention shares (eqs. 6–9) of a mock: a matrix per head is all that the aggregator needs.
#include <iostream>

#include <infoflow/attention/attention_aggregator.hpp>

int main() {
  using namespace infoflow;

  // Two tokens of system prompt, two of image, one of the user, one answer token.
  const TokenPartition partition = TokenPartition(5, {Span{2, 4}}).with_answer(1);

  // Two heads; only row 4, which predicts the answer token, matters here.
  HeadMatrices<float> heads(2, HostMatrix::Identity(6, 6));
  heads[0].row(4) << 0.50F, 0.10F, 0.20F, 0.10F, 0.10F, 0;
  heads[1].row(4) << 0.10F, 0.10F, 0.30F, 0.40F, 0.10F, 0;
  const KnownAttention<float> block(heads, {0, 1, 2, 3, 4, 5});

  const AttentionAggregator<> aggregate(partition);
  const LayerAttention layer = aggregate(/*layer=*/0, block, partition.predicting_rows());

  const RoleShares shares = layer.mean_shares();
  for (const Role role : all_roles) std::cout << to_string(role) << ' ' << shares[role] << '\n';
  std::cout << "head 0 gives the image " << layer.head_shares[0](0, 1) << ", head 1 gives it "
            << layer.head_shares[1](0, 1) << '\n';
  std::cout << "image tokens one by one: " << layer.at(partition.images()[0]) << '\n';
  std::cout << "the first token alone gets " << layer.first_token[0] << '\n';
}

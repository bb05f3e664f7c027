// SPDX-License-Identifier: MIT
// A head reduction gives rows on the host, not shares.
// build error: HeadReduction
// build error: reduction(rows)
#include <infoflow/attention/attention_aggregator.hpp>

using namespace infoflow;

struct Mine {
  template <AttentionTensor Rows>
#ifdef INFOFLOW_POSITIVE_CONTROL
  HostMatrix operator()(const Rows& rows) const {
    return TensorOps<Rows>::max_over_heads(rows);
#else
  HostVector operator()(const Rows& rows) const {
    return TensorOps<Rows>::max_over_heads(rows).rowwise().sum();
#endif
  }
};

LayerAttention aggregate(const TokenPartition& partition, const KnownAttention<float>& block) {
  return AttentionAggregator<Mine>(partition)(0, block, std::vector<Index>{0});
}

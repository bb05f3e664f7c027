// SPDX-License-Identifier: MIT
// A tensor type for which TensorOps is not specialised.
// build error: infoflow: an adapter needs `using Tensor = …;`, a matrix type with TensorOps
#include <infoflow/adapter/archetypes.hpp>
#include <infoflow/adapter/diagnostics.hpp>

using namespace infoflow;

struct MyTensor {};

struct Mine : archetypes::Prompting {
#ifdef INFOFLOW_POSITIVE_CONTROL
  using Tensor = RowMatrix<double>;
#else
  using Tensor = MyTensor;
#endif
  template <class Observer>
  Tensor forward(const Prompt&, const archetypes::ImageTokens&, std::span<const TokenId>,
                 std::span<const Index>, const Observer&) const;
};

static_assert(explain<Mine>());

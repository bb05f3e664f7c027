// SPDX-License-Identifier: MIT
#include <string>
#include <utility>
#include <vector>

#include <catch_compat.hpp>

#include <infoflow/cut/policies.hpp>
#include <infoflow/run/trace.hpp>

#include "../laws/broken_adapters.hpp"
#include "../laws/observer.laws.hpp"
#include "../laws/toy_cases.hpp"

using namespace infoflow;
using Catch::Matchers::StartsWith;

namespace {
using laws::Toy;

/// A toy that knows how questions are put and answers are written.
struct Asking : Toy {
  using Toy::Toy;
  [[nodiscard]] std::string question_prompt(std::string_view question, std::size_t) const {
    return "<image> Q: " + std::string(question);
  }
  [[nodiscard]] std::vector<TokenId> encode_answer(std::string_view text) const {
    return tokenizer().encode(text);
  }
};

/// The least that has a trace: six members and the block's name.
class Bare {
 public:
  using Tensor = Toy::Tensor;
  using AttentionBlock = Toy::AttentionBlock;

  explicit Bare(const Toy& engine) : engine_(&engine) {}
  [[nodiscard]] int layer_count() const { return engine_->layer_count(); }
  [[nodiscard]] Prompt prepare(std::span<const RgbImage> images, std::string_view text) const {
    return engine_->prepare(images, text);
  }
  [[nodiscard]] auto encode(std::span<const PixelImage> pixels) const {
    return engine_->encode(pixels);
  }
  [[nodiscard]] std::string decode(std::span<const TokenId> ids) const {
    return engine_->decode(ids);
  }
  [[nodiscard]] std::vector<TokenId> stop_ids() const { return engine_->stop_ids(); }
  template <class Observer>
  [[nodiscard]] Tensor forward(const Prompt& prompt, const ImageTokensOf<Toy>& tokens,
                               std::span<const TokenId> answer, std::span<const Index> rows,
                               const Observer& observer) const {
    return infoflow::forward(*engine_, prompt, tokens, answer, rows, observer);
  }

 private:
  const Toy* engine_;
};
static_assert(AttentionAdapter<Bare> && !GradientAdapter<Bare> && !TruncatableAdapter<Bare>);

TraceRequest request(const std::string& text = "see <image> ok") {
  TraceRequest request;
  request.images.push_back(RgbImage(9, 7, 120));
  request.text = text;
  request.max_new_tokens = 3;
  return request;
}
}  // namespace

TEST_CASE("a trace holds what its parts give one by one", "[run][trace]") {
  const Toy adapter(laws::toy_weights());
  TraceRequest asked = request();
  asked.weightings = {"mean", "hires"};
  asked.targets_per_token = 1;
  asked.smoothing.samples = 2;
  asked.most_map_bins = 4;
  asked.cut = Truncation{.schedule = {{{1, DropAll{}}}}};

  const Trace found = trace(adapter, asked);

  const Prompt prompt = adapter.prepare(asked.images, asked.text);
  const auto tokens = adapter.encode(prompt.pixels);
  const Generation answer = generate(adapter, prompt, tokens, 3);
  REQUIRE(!answer.ids.empty());
  CHECK(found.answer_ids == answer.ids);
  CHECK(found.stopped == answer.stopped);
  CHECK(found.answer == adapter.decode(answer.ids));
  CHECK(found.ids.size() == prompt.ids.size() + answer.ids.size());
  CHECK(found.pieces.size() == found.ids.size());
  CHECK(found.maps.size() == 3);

  const auto partition = prompt.partition.with_answer(static_cast<Index>(answer.ids.size()));
  const auto rows = partition.predicting_rows();
  const AttentionAggregator<> aggregate(partition);
  std::vector<HostMatrix> shares;
  const HostMatrix logits = TensorOps<Toy::Tensor>::to_host(
      forward(adapter, prompt, tokens, answer.ids, rows,
              observe(on_attention(Layers::every(), [&](int layer, const auto& block) {
                shares.push_back(aggregate(layer, block, rows).shares);
              }))));
  CHECK(found.logits == logits);
  REQUIRE(found.attention.size() == 3);
  for (std::size_t l = 0; l < 3; ++l) CHECK(found.attention[l].shares == shares[l]);
  for (std::size_t i = 0; i < answer.ids.size(); ++i) {
    const Eigen::ArrayXd row = logits.row(static_cast<Index>(i)).cast<double>().array();
    const double sum = (row - row[answer.ids[i]]).exp().sum();
    CHECK(found.probabilities[i] == Approx(1 / sum));
  }

  REQUIRE(found.heat.size() == 2);
  CHECK(found.heat[0].target.name() == "sum");
  CHECK(found.heat[1].target.name() == "token:0");
  const auto sites = sites_at_all_layers(SiteKind::post_attention_norm, 3);
  const GradCamSmoother smoother({.samples = 2}, MeanGradient{}, HiResCam{});
  const auto sum = smoother(adapter, prompt, answer.ids, AnswerSum{}, sites);
  const auto first = smoother(adapter, prompt, answer.ids, AnswerToken{0}, sites);
  REQUIRE(found.sites().size() == 3);
  for (std::size_t l = 0; l < 3; ++l) {
    CHECK(found.sites()[l]["mean"].mean() == sum[l]["mean"].mean());
    CHECK(found.heat[1].sites[l]["hires"].mean() == first[l]["hires"].mean());
  }
  REQUIRE(found.cut);
  CHECK(found.cut->compared.image_tokens == 0);
  CHECK(found.cut->answer == adapter.decode(found.cut->compared.answer.ids));
}

TEST_CASE("progress is told step by step, and may be left out", "[run][trace]") {
  const Toy adapter(laws::toy_weights());
  std::vector<std::pair<int, int>> told;

  const Trace found =
      trace(adapter, request(), [&](int done, int total) { told.emplace_back(done, total); });

  CHECK(told.back() == std::pair(3, 3));  // The answer, the pass, one target.
  CHECK(trace(adapter, request()).logits == found.logits);
}

TEST_CASE("an adapter's own template and answers are used where it has them", "[run][trace]") {
  const Asking adapter(laws::toy_weights());
  TraceRequest asked = request("why?");
  asked.answer = "ab";

  CHECK(prompt_text(adapter, asked) == "<image> Q: why?");
  CHECK(trace(adapter, asked).answer == "ab");
  CHECK(prompt_text(static_cast<const Toy&>(adapter), asked) == "why?");
  asked.is_question = false;
  CHECK(prompt_text(adapter, asked) == "why?");
}

TEST_CASE("a stranger's six members have a trace; what they lack is refused by name",
          "[run][trace]") {
  const Toy engine(laws::toy_weights());
  const Bare adapter(engine);
  TraceRequest asked = request();
  asked.targets.clear();

  const Trace found = trace(adapter, asked);
  CHECK(found.attention.size() == 3);
  CHECK(found.heat.empty());
  CHECK(found.logits == trace(engine, request()).logits);

  const auto refused = [&](auto change) {
    TraceRequest other = asked;
    change(other);
    return laws::refusal([&] { (void)trace(adapter, other); });
  };
  CHECK_THAT(refused([](auto& r) { r.targets.emplace_back(); }),
             StartsWith("heat is wanted of an adapter without `backward`"));
  CHECK_THAT(refused([](auto& r) { r.targets_per_token = 1; }),
             StartsWith("heat is wanted of an adapter without `backward`"));
  CHECK_THAT(refused([](auto& r) { r.cut.emplace(); }),
             StartsWith("a cut is wanted of an adapter that can drop no tokens"));
  CHECK_THAT(refused([](auto& r) { r.answer = "no"; }),
             StartsWith("an answer is forced on an adapter without `encode_answer`"));
}

TEST_CASE("a trace of a deaf adapter is an error and no empty result", "[run][trace][deaf]") {
  const Toy engine(laws::toy_weights());
  TraceRequest asked = request();
  asked.targets.clear();
  const auto traced = [&](const auto& adapter) {
    return laws::refusal([&] { (void)trace(adapter, asked); });
  };

  CHECK_THAT(traced(laws::DeafEngine(engine)),
             StartsWith("the adapter never showed the attention of layer 0,"));
  CHECK_THAT(traced(laws::SkipsLayer1(laws::toy_weights())),
             StartsWith("the adapter never showed the attention of layer 1,"));
}

TEST_CASE("an empty answer has no rows, no heat and no fault", "[run][trace]") {
  const Toy adapter(laws::toy_weights());
  TraceRequest asked = request();
  asked.max_new_tokens = 0;

  const Trace found = trace(adapter, asked);

  CHECK(found.answer_ids.empty());
  CHECK(found.attention.empty());
  CHECK(found.heat.empty());
  CHECK(found.partition.answer_length() == 0);
}

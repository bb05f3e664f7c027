// SPDX-License-Identifier: MIT
#include <string>
#include <string_view>
#include <vector>

#include <catch_compat.hpp>

#include <infoflow/page/html_report.hpp>

#include "between.hpp"

using namespace infoflow;
using page_test::between;

namespace {

std::size_t occurrences(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos;
       at = text.find(what, at + 1)) {
    ++count;
  }
  return count;
}

/// What a text must not do to a page. Empty if the page is contained, else what is wrong.
std::string fault(const std::string& page) {
  if (occurrences(page, "<script") != 2 || occurrences(page, "</script") != 2) return "scripts";
  if (occurrences(page, "<style") != 1 || occurrences(page, "</style") != 1) return "styles";
  if (occurrences(page, "<!--") != 0) return "a comment";
  if (occurrences(page, "<img") != 0 || occurrences(page, "<a ") != 0) return "foreign elements";
  if (valid_utf8(page) != page) return "not UTF-8";
  for (const char c : page) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F) return "a control character";
  }
  const std::string json = between(page, "id=\"data\">", "</script>");
  if (occurrences(json, "\xE2\x80\xA8") != 0) return "a line break that JSON does not know";
  if (!nlohmann::json::accept(json)) return "data that do not parse";
  return "";
}

const std::string hostile_text =
    std::string("</script><script>alert(1)</script><!-- \"'><img src=x onerror=alert(1)>&amp;") +
    '\0' + "\x1B[31m\x07\x7F \xE2\x80\xA8 \xC3\x28 \xFF \xED\xA0\x80 </style></title>";

nlohmann::json json_of(const FlowReport& report, const ReportBudget& budget = {}) {
  return report_json(report, report_heats(report.trace), budget);
}

/// Two text tokens, `tokens` image tokens in one row, one more text token, then the answer.
FlowReport small_report(const std::string& text, Index tokens = 2, Index answer = 2,
                        int layers = 3) {
  FlowReport report;
  Trace& trace = report.trace;
  report.model = report.question = trace.answer = text;
  trace.partition = TokenPartition(tokens + 3, {{2, 2 + tokens}}).with_answer(answer);
  trace.pieces.assign(static_cast<std::size_t>(trace.partition.size()), text);
  trace.probabilities.assign(static_cast<std::size_t>(answer), 0.5F);
  for (int l = 0; l < layers; ++l) {
    LayerAttention layer;
    layer.layer = l;
    layer.queries = trace.partition.predicting_rows();
    layer.rows = HostMatrix::Constant(answer, trace.partition.size(),
                                      1.0F / static_cast<float>(trace.partition.size()));
    layer.shares = HostMatrix::Constant(answer, 4, 0.25F);
    trace.attention.push_back(layer);
  }
  for (Index token = -1; token < answer; ++token) {
    TargetHeat& heat = trace.heat.emplace_back();
    if (token >= 0) heat.target.token = token;
    for (int l = 0; l < layers; ++l) {
      SiteHeat& site = heat.sites.emplace_back(SiteHeat{.site = {l}});
      site.image_mass = 0.5;
      site.prompt_mass = 1;
      for (const char* weighting : {"mean", "hires"}) {
        site.maps.push_back({weighting, {}});
        site.maps.back().heat.add(HostVector::LinSpaced(tokens, 0, static_cast<float>(l)),
                                  l > 0 ? GradientFlow::present : GradientFlow::none);
      }
    }
  }
  const auto way = Preprocessing(8, 4).resized(28, 14);
  report.pictures.push_back({text, RgbImage(8, 4, 90), ImageLayout::grid(way, 1, tokens)});
  report.rates.push_back({text, text, text, 1, 0.5, 0.4, 0.6, 10, text});
  report.run = {{text, text}};
  report.notes = {text};
  return report;
}

}  // namespace

TEST_CASE("base64 and SHA-256 give the standards' own examples", "[page][report]") {
  const auto bytes = [](std::string_view text) {
    return std::vector<std::uint8_t>(text.begin(), text.end());
  };
  CHECK(base64(bytes("")) == "");  // RFC 4648, section 10
  CHECK(base64(bytes("f")) == "Zg==");
  CHECK(base64(bytes("fo")) == "Zm8=");
  CHECK(base64(bytes("foobar")) == "Zm9vYmFy");
  CHECK(base64(sha256("abc")) == "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");  // FIPS 180
  CHECK(base64(sha256("")) == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  // 56 bytes: the length no longer fits beside them, so a second block is begun.
  CHECK(base64(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "JI1qYdIGOLjlwCaTDD5gOaM85Flk/yFn9uzt1BnbBsE=");
}

TEST_CASE("half floats are little-endian and scaled", "[page][report]") {
  // 1 = 0x3C00, 0.5 = 0x3800: bytes 00 3C 00 38
  const std::vector<float> values{0.5F, 0.25F};
  CHECK(base64_halves(values, 2) == "ADwAOA==");
}

TEST_CASE("a page shows hostile texts as text", "[page][report]") {
  const FlowReport report = small_report(hostile_text);

  const std::string page = html_report(report);

  CHECK(fault(page) == "");
  // Nothing is lost on the way but what is not UTF-8, so the reader sees what was there.
  const auto data = nlohmann::json::parse(between(page, "id=\"data\">", "</script>"));
  CHECK(data["pictures"][0]["name"] == valid_utf8(hostile_text));
  CHECK(data["tokens"][0]["text"] == valid_utf8(hostile_text));
  CHECK(data["answer"][1]["text"] == valid_utf8(hostile_text));
}

TEST_CASE("the check for hostile texts refuses pages that let them through", "[page][report]") {
  const std::string page = html_report(small_report("harmless"));
  REQUIRE(fault(page) == "");
  const auto with = [&](const std::string& old, const std::string& text) {
    std::string broken = page;
    return broken.replace(broken.find(old), old.size(), text);
  };
  const std::string json = between(page, "id=\"data\">", "</script>");
  const auto value = nlohmann::json{{"text", valid_utf8(hostile_text)}};
  CHECK(fault(with(json, value.dump())) == "scripts");  // JSON as it is ends the script
  CHECK(fault(with(json, "{\"text\": \"\xE2\x80\xA8\"}")) ==
        "a line break that JSON does not know");
  CHECK(fault(with(json, "{")) == "data that do not parse");
  CHECK(fault(with("<h1>harmless", "<h1>" + hostile_text)) == "scripts");
  CHECK(fault(with("<h1>harmless", "<h1><!-- ")) == "a comment");
  CHECK(fault(with("<h1>harmless", "<h1>\xFF")) == "not UTF-8");
  CHECK(fault(with("<h1>harmless", std::string("<h1>") + '\0')) == "a control character");
  CHECK(fault(with("<h1>harmless", "<h1><img src=x>")) == "foreign elements");
}

TEST_CASE("a page loads nothing and runs only its own script", "[page][report]") {
  const std::string page = html_report(small_report("a question"));

  const std::string policy = between(page, "Content-Security-Policy\" content=\"", "\">");
  const std::string script = between(page.substr(page.rfind("<script>")), "<script>", "</script>");
  CHECK(policy.find("default-src 'none'") == 0);
  CHECK(policy.find("script-src 'sha256-" + base64(sha256(script)) + "'") != std::string::npos);
  for (const std::string_view way :
       {"http:", "https:", "//cdn", "url(", "@import", "fetch(", "XMLHttpRequest", "WebSocket",
        "import(", "innerHTML", "insertAdjacentHTML", "document.write", "eval("}) {
    CAPTURE(way);
    CHECK(page.find(way) == std::string::npos);
  }
}

TEST_CASE("a page of 32 layers, 576 image tokens and 64 answer tokens stays below 5 MB",
          "[page][report]") {
  FlowReport report = small_report("long", 576, 64, 32);
  report.trace.heat.resize(9);  // The sum and eight tokens, of two weightings each.
  for (LayerAttention& layer : report.trace.attention) {
    layer.head_shares.assign(32, HostMatrix::Constant(64, 4, 0.25F));
  }
  RgbImage noise(1024, 1024);  // Packs as badly as a picture can.
  std::uint32_t seed = 1;
  for (auto& value : noise.values)
    value = static_cast<std::uint8_t>((seed = seed * 1664525U + 1013904223U) >> 24U);
  report.pictures.front().pixels = noise;

  const std::string page = html_report(report);

  CHECK(page.size() < 5'000'000);
  const auto data = nlohmann::json::parse(between(page, "id=\"data\">", "</script>"));
  CHECK(data["heat"].size() == 18);
  CHECK(data["attention"]["tokens"].get<int>() >= 32);
  CHECK(data["attention"]["tokens"].get<int>() < 64);
  CHECK(data["heads"]["tokens"].get<int>() >= 16);
}

TEST_CASE("a template's places are filled once, and what a value holds is no place",
          "[page][report]") {
  using pages::filled;

  CHECK(filled("<p>{{a}} {{b}}{{a}}</p>", {{"a", "{{b}}"}, {"b", "2"}}) == "<p>{{b}} 2{{b}}</p>");
  CHECK(filled("", {}) == "");
  CHECK(filled("no place }}", {}) == "no place }}");
  CHECK_THROWS_AS(filled("{{c}}", {{"a", "1"}}), Error);
  CHECK_THROWS_AS(filled("{{a", {{"b", "1"}}), Error);
}

TEST_CASE("a page keeps each head's shares by role, as many answer tokens as there is room for",
          "[page][report]") {
  FlowReport report = small_report("x", 2, 2, 3);
  CHECK(json_of(report)["heads"]["count"] == 0);
  for (LayerAttention& layer : report.trace.attention) {
    HostMatrix shares(2, 4);
    shares << 0, 0.5F, 0.5F, 0, 1, 0, 0, 0;
    layer.head_shares.assign(2, shares);
  }

  const auto json = json_of(report)["heads"];

  CHECK(json["count"] == 2);
  CHECK(json["tokens"] == 2);
  // Mean and two tokens, 3 layers, 2 heads, 4 roles; 2 bytes a value.
  const std::string values = json["values"];
  CHECK(values.size() == (3 * 3 * 2 * 4 * 2 + 2) / 3 * 4);
  const std::vector<float> mean{0.5F, 0.25F, 0.25F};  // Of the first head: 6 bytes, 8 characters.
  CHECK(values.substr(0, 8) == base64_halves(mean, 1));
  // A row takes 3 · 2 · 4 · 8/3 = 64 bytes: room for the mean and one token.
  CHECK(json_of(report, {.heads = 130})["heads"]["tokens"] == 1);
  CHECK(json_of(report, {.heads = 60})["heads"]["count"] == 0);
  report.trace.attention[1].head_shares.pop_back();
  CHECK(json_of(report)["heads"]["count"] == 0);
}

TEST_CASE("stored maps come back to three digits", "[page][report]") {
  FlowReport report = small_report("x");
  report.trace.attention[1].rows.setZero();
  report.trace.attention[1].rows(0, 3) = 0.7F;

  const auto json = json_of(report);

  // Layer 2 of the sum runs from 0 to 2: stored as 0 and 1 = 0x3C00 beside the maximum 2. All three
  // layers: 0 0 | 0 1 | 0 1 = bytes 0000 0000 0000 003C 0000 003C.
  CHECK(json["heat"][0]["maxima"] == nlohmann::json({0, 1, 2}));
  CHECK(json["heat"][0]["values"] ==
        base64(std::vector<std::uint8_t>{0, 0, 0, 0, 0, 0, 0, 0x3C, 0, 0, 0, 0x3C}));
  CHECK(json["heat"][0]["status"] == nlohmann::json({"no flow", "flowing", "flowing"}));
  // Rows: the mean and two tokens, of 3 layers and 7 positions each; 2 bytes a value.
  CHECK(json["attention"]["values"].get<std::string>().size() == (3 * 3 * 7 * 2 + 2) / 3 * 4);
}

TEST_CASE("each patch of a page's grid names its token, separators none", "[page][report]") {
  // A thumbnail of 1 x 2 patches over two tiles of 1 x 2 each; a separator after each tile's row.
  const auto way = Preprocessing(80, 40).resized(160, 80);
  const std::vector<PatchGrid> grids{
      {{0, 0, 160, 80}, 1, 2}, {{0, 0, 80, 80}, 1, 2}, {{80, 0, 160, 80}, 1, 2}};
  const ImageLayout layout = ImageLayout::tiles(way, grids, {0, 1, 2, 3, -1, 4, 5, -1});

  const auto json = detail::grids_json(layout);

  CHECK(json[0]["tokens"] == nlohmann::json({0, 1}));
  CHECK(json[1]["tokens"] == nlohmann::json({2, 3}));
  CHECK(json[2]["tokens"] == nlohmann::json({5, 6}));
  CHECK(json[2]["area"] == nlohmann::json({40.0, 0.0, 80.0, 40.0}));  // In source pixels.
}

TEST_CASE("grids of equal patches over each other keep their own tokens on a page",
          "[page][report]") {
  const auto way = Preprocessing(40, 40);
  const PatchGrid whole{way.canvas(), 1, 2};
  const ImageLayout layout =
      ImageLayout::tiles(way, {whole, whole}, {0, 1, 2, -1}, Overlap::finest);

  const auto json = detail::grids_json(layout);

  CHECK(json[0]["tokens"] == nlohmann::json({0, 1}));
  CHECK(json[1]["tokens"] == nlohmann::json({2, -1}));
}

TEST_CASE("tokens of a soft layout go to a page as a mixture of patches", "[page][report]") {
  HostMatrix weights(1, 2);
  weights << 0.25F, 0.75F;
  const auto way = Preprocessing(10, 10).resized(20, 20);
  const ImageLayout layout = ImageLayout::soft(way, {{0, 0, 20, 20}, 1, 2}, weights);

  const auto json = detail::grids_json(layout);

  const std::vector<float> mixture{0.25F, 0.75F};
  CHECK(json[0]["mixture"] == base64_halves(mixture, 1));
}

TEST_CASE("boxes that the answer names go to a page in the picture's pixels", "[page][report]") {
  FlowReport report = small_report("x");
  CHECK(json_of(report)["pictures"][0]["boxes"] == nlohmann::json::array());
  report.trace.answer_boxes = {{{1, 2, 3, 4.5}, {0, 0, 1, 1}}};
  CHECK(json_of(report)["pictures"][0]["boxes"] ==
        nlohmann::json({{1.0, 2.0, 3.0, 4.5}, {0.0, 0.0, 1.0, 1.0}}));
  CHECK(fault(html_report(report)) == "");
}

TEST_CASE("a page of an empty answer, or without pictures, is whole", "[page][report]") {
  FlowReport text_only = small_report("text");
  text_only.pictures.clear();
  text_only.trace.heat.clear();
  CHECK(fault(html_report(text_only)) == "");

  FlowReport empty = small_report("nothing", 2, 0);
  empty.trace.attention.clear();
  empty.trace.heat.clear();
  const std::string page = html_report(empty);
  CHECK(page.find("The answer has no tokens") != std::string::npos);
  CHECK(occurrences(page, "<script") == 0);

  FlowReport unseen = small_report("an answer whose attention nobody measured");
  unseen.trace.attention.clear();
  const std::string without = html_report(unseen);
  CHECK(without.find("The answer has no tokens") == std::string::npos);
  CHECK(without.find("No attention was measured") != std::string::npos);
}

TEST_CASE("a page shows the first kind of site of the decoder, a map per layer", "[page][report]") {
  FlowReport report = small_report("x");
  std::vector<SiteHeat>& sites = report.trace.heat.front().sites;
  SiteHeat vision{.site = {0, SiteKind::projector}};
  vision.maps = sites.front().maps;
  SiteHeat other{.site = {0, SiteKind::v_proj}};
  other.maps = sites.front().maps;
  sites.insert(sites.begin(), vision);
  sites.push_back(other);

  const auto json = json_of(report);

  CHECK(json["site"] == "post_attention_norm");
  CHECK(json["mass"].size() == 3);
  CHECK(json["heat"][0]["maxima"] == nlohmann::json({0, 1, 2}));
}

TEST_CASE("a caption names every family's hit rate at its layer and no other", "[page][report]") {
  const std::vector<MeasuredRate> rates{
      {"", "attention", "", 3, 0.5, 0.25, 0.75, 8, "m"},
      {"colour", "projector", "mean", 0, 1, 0.7, 1, 10, "m"},
      {"shape", "projector", "mean", 0, 0.125, 0, 0.4, 8, "m"},
  };

  CHECK(rate_text(rates, "attention", "", 3) == "hit rate 0.50 [0.25, 0.75], n = 8");
  CHECK(rate_text(rates, "projector", "mean", 0) ==
        "hit rate 1.00 [0.70, 1.00], n = 10 (colour); 0.12 [0.00, 0.40], n = 8 (shape)");
  CHECK(rate_text(rates, "attention", "", 2).empty());
}

TEST_CASE("an embedded picture fits, keeps its shape and averages what it covers",
          "[page][report]") {
  RgbImage wide(8, 2);
  for (int x = 0; x < 8; ++x) {
    for (int y = 0; y < 2; ++y) std::fill_n(wide.pixel(x, y), 3, x % 2 == 0 ? 100 : 50);
  }

  const RgbImage small = shrunk_to_fit(wide, 4);

  CHECK(small.width == 4);
  CHECK(small.height == 1);
  CHECK(small.values == std::vector<std::uint8_t>(12, 75));  // (100 + 50) / 2 everywhere
  CHECK(shrunk_to_fit(wide, 8) == wide);
  CHECK(jpeg_data_url(wide, 8).starts_with("data:image/jpeg;base64,/9j/"));
  CHECK_THROWS_AS(jpeg_data_url(RgbImage(), 8), Error);
}

// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include <catch_compat.hpp>

#include <infoflow/figure/attention_map_figure.hpp>
#include <infoflow/figure/flow_figure.hpp>
#include <infoflow/figure/raster.hpp>
#include <infoflow/figure/shares_figure.hpp>

using namespace infoflow;
using Catch::Matchers::ContainsSubstring;

namespace {

const FigureCaption attack{"a <b> & \"c\"", "<script>model</script>", "line\nbreak \xFF '&'"};

/// Law of all drawings: well-formed XML as far as tags go (every element closed in order, quotes
/// even, no bare ampersand), so that no text leaves its place.
bool well_formed(const std::string& xml) {
  std::vector<std::string> open;
  for (std::size_t at = 0; (at = xml.find('<', at)) != std::string::npos;) {
    const std::size_t end = xml.find('>', at);
    if (end == std::string::npos) return false;
    const std::string tag = xml.substr(at + 1, end - at - 1);
    if (tag.find('<') != std::string::npos) return false;
    if (std::count(tag.begin(), tag.end(), '"') % 2 != 0) return false;
    const std::string name = tag.substr(0, tag.find_first_of(" /", 1));
    if (tag[0] == '/') {
      if (open.empty() || "/" + open.back() != name) return false;
      open.pop_back();
    } else if (tag.back() != '/') {
      open.push_back(name);
    }
    at = end + 1;
  }
  for (std::size_t at = 0; (at = xml.find('&', at)) != std::string::npos; ++at) {
    const std::size_t end = xml.find(';', at);
    if (end == std::string::npos || end - at > 6) return false;
  }
  return open.empty();
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++count;
  return count;
}

/// The heights of all bands: in "M… C… … x1 y1 L x1 y1+h …" the step from y1 to y1 + h.
double total_band_height(const std::string& svg) {
  double total = 0;
  for (std::size_t at = 0; (at = svg.find("<path d=\"M", at)) != std::string::npos; ++at) {
    const std::string data = svg.substr(at, svg.find('"', at + 9) - at);
    if (data.find('C') == std::string::npos) continue;  // a rectangle
    const std::size_t line = data.find('L');
    const std::size_t y = data.rfind(' ', line - 2) + 1;
    total += std::stod(data.substr(data.find(' ', line) + 1)) - std::stod(data.substr(y));
  }
  return total;
}

HostMatrix two_layers() {
  HostMatrix shares(2, 4);
  shares << 0.5F, 0.25F, 0.125F, 0.125F, /**/ 0.25F, 0.5F, 0.25F, 0;
  return shares;
}

AttentionMap small_map() {
  const auto partition = TokenPartition(7, {Span{2, 6}}).with_answer(1);
  AttentionMap map{5, position_bins(partition, 2), HostMatrix::Zero(5, 5)};
  for (Index i = 0; i < 5; ++i) {
    for (Index j = 0; j <= i; ++j) map.values(i, j) = 1.0F / static_cast<float>(i + 1);
  }
  return map;
}

}  // namespace

TEST_CASE("the check of drawings rejects text that left its place", "[figure][figures]") {
  CHECK(well_formed("<svg a=\"1\"><g><line/></g>&amp;</svg>"));
  CHECK_FALSE(well_formed("<svg><text><script></text></svg>"));
  CHECK_FALSE(well_formed("<svg title=\"a\"b\"></svg>"));
  CHECK_FALSE(well_formed("<svg>a & b, which is long</svg>"));
  CHECK_FALSE(well_formed("<svg><g></svg></g>"));
}

TEST_CASE("shares are drawn as one line per role, with names and numbers", "[figure][figures]") {
  const std::string svg = svg_of(shares_figure(two_layers(), attack)).str();

  CHECK(well_formed(svg));
  CHECK(count_of(svg, "stroke-width=\"2.5\"") == 4);
  // Layer 0 lies at x = 96, layer 1 at 720; 0 % at y = 430, 100 % at 80: 50 % is 255, 25 % 342.5.
  CHECK_THAT(svg, ContainsSubstring("<polyline points=\"96,255 720,342.5\""));
  CHECK_THAT(svg, ContainsSubstring("<polyline points=\"96,342.5 720,255\""));
  CHECK_THAT(svg, ContainsSubstring("image, layer 1: 50.0 %"));
  CHECK_THAT(svg, ContainsSubstring("mean 37.5 %"));
  CHECK_THAT(svg, ContainsSubstring("&lt;script&gt;model&lt;/script&gt; · line break"));
  for (const auto role : role_names) {
    CHECK_THAT(svg, ContainsSubstring(">" + std::string(role) + "<"));
  }
  CHECK(well_formed(svg_of(shares_figure(two_layers().topRows(1), {})).str()));
}

TEST_CASE("what a drawing shows in SVG it shows in pixels", "[figure][figures]") {
  const auto partition = TokenPartition(7, {Span{2, 6}}).with_answer(2);
  const std::vector<std::string> tokens{"a", "b"};
  const std::vector<FlowPanel> panels{{0, two_layers()}};
  const auto pixel = [](const RgbImage& image, double x, double y) {
    const std::uint8_t* p = image.pixel(static_cast<int>(x), static_cast<int>(y));
    return Rgb{p[0], p[1], p[2]};
  };
  // The point of the image's line in layer 1, half way between 0 % at 430 and 100 % at 80.
  CHECK(pixel(raster_of(shares_figure(two_layers(), {}), 1), 719, 255) == role_colour(Role::image));
  // The first token's block stands 92 before the end of a panel of 400 that begins at 20.
  const RgbImage flow = raster_of(flow_figure(panels, partition, tokens, {}), 1);
  CHECK(pixel(flow, 20 + 400 - 92 + 3, 66 + 16 + 16 + 40) == Rgb{68, 68, 68});
  // The map's first cell is all of the first query's attention: the last colour.
  const RgbImage map = raster_of(attention_map_figure(small_map(), {}), 1);
  CHECK(pixel(map, 110 + 20, 66 + 44 + 20) == Turbo{}(1));
  CHECK(pixel(map, 110 + 540, 66 + 44 + 20) == Rgb{236, 236, 236});  // the future
}

TEST_CASE("labels of lines that end together stay apart and on the figure", "[figure][figures]") {
  const auto apart = detail::spread_labels({100, 101, 102, 300}, 30, 310);
  CHECK(apart == std::vector<double>{100, 130, 160, 300});
  CHECK(detail::spread_labels({300, 305, 308}, 30, 310) == std::vector<double>{250, 280, 310});
}

TEST_CASE("axes have round steps", "[figure][figures]") {
  CHECK(round_step(31, 16) == Approx(2));
  CHECK(round_step(100, 16) == Approx(10));
  CHECK(round_step(60, 16) == Approx(5));
  CHECK(round_step(7, 16) == Approx(0.5));
}

TEST_CASE("an attention map shows the roles' borders and a logarithmic scale",
          "[figure][figures]") {
  const std::string svg = svg_of(attention_map_figure(small_map(), attack)).str();

  CHECK(well_formed(svg));
  // Bins: 1 system, 2 image, 1 user, 1 answer; three borders, each a line in both directions.
  CHECK(count_of(svg, "stroke=\"#ffffff\"") == 6);
  CHECK_THAT(svg, ContainsSubstring(">4 tokens<"));
  CHECK_THAT(svg, ContainsSubstring(">1 token<"));
  CHECK_THAT(svg, ContainsSubstring(">100 %<"));
  CHECK_THAT(svg, ContainsSubstring("data:image/png;base64,"));

  // Powers of ten between −4 and 0: 1 has the last colour, 0.01 the middle, 10⁻⁹ the first.
  HostMatrix values(1, 4);
  values << 1, 0.01F, 1e-9F, 0;
  const RgbImage pixels = detail::map_pixels(values, -4, 0, Jet{});
  const auto at = [&](int x) {
    const std::uint8_t* p = pixels.pixel(x, 0);
    return Rgb{p[0], p[1], p[2]};
  };
  CHECK(at(0) == Jet{}(1));
  CHECK(at(1) == Jet{}(0.5F));
  CHECK(at(2) == Jet{}(0));
  CHECK(at(3) == Rgb{236, 236, 236});
}

TEST_CASE("all that an answer token reads arrives at it", "[figure][figures]") {
  const auto partition = TokenPartition(7, {Span{2, 6}}).with_answer(2);
  const std::vector<std::string> tokens{"<Yes>", "."};
  const std::vector<FlowPanel> panels{{0, two_layers()}, {9, two_layers()}};

  const std::string svg = svg_of(flow_figure(panels, partition, tokens, attack)).str();

  CHECK(well_formed(svg));
  CHECK_THAT(svg, ContainsSubstring(">layer 9<"));
  CHECK_THAT(svg, ContainsSubstring("image → &lt;Yes&gt;: 25.0 %"));
  // Two panels, two tokens of height 80 each: clamp(330 / 2, 18, 80).
  CHECK(total_band_height(svg) == Approx(2 * 2 * 80).margin(0.2));
  // A figure that leaves a role out does not pass.
  auto incomplete = panels;
  incomplete[1].shares.col(1).setZero();
  CHECK_FALSE(total_band_height(svg_of(flow_figure(incomplete, partition, tokens, attack)).str()) ==
              Approx(2 * 2 * 80).margin(0.2));
}

TEST_CASE("four layers of flow fit 1200 pixels, and percents say of what", "[figure][figures]") {
  const auto partition = TokenPartition(7, {Span{2, 6}}).with_answer(2);
  const std::vector<std::string> tokens{"a", "b"};
  const std::vector<FlowPanel> panels(4, {0, two_layers()});
  const Drawing figure = flow_figure(panels, partition, tokens, {});
  CHECK(figure.width == 1200);
  CHECK_THAT(svg_of(figure).str(),
             ContainsSubstring("%: of the attention that the answer&#39;s tokens pay"));
}

TEST_CASE("a long answer is cut, and the figure says so", "[figure][figures]") {
  const auto partition = TokenPartition(7, {Span{2, 6}}).with_answer(30);
  const std::vector<std::string> tokens(30, "very long token indeed");
  const std::vector<FlowPanel> panels{{0, HostMatrix::Constant(30, 4, 0.25F)}};

  const std::string svg = svg_of(flow_figure(panels, partition, tokens, {})).str();

  CHECK_THAT(svg, ContainsSubstring("the first 20 of 30 answer tokens"));
  CHECK(count_of(svg, ">very long t…<") == 20);  // 78 pixels
}

TEST_CASE("data that do not fit a figure are refused", "[figure][figures]") {
  const auto partition = TokenPartition(7, {Span{2, 6}}).with_answer(2);
  const std::vector<std::string> tokens{"a", "b"};
  HostMatrix broken = two_layers();
  broken(1, 2) = std::numeric_limits<float>::quiet_NaN();

  CHECK_THROWS_AS(shares_figure(HostMatrix::Zero(0, 4), {}), Error);
  CHECK_THROWS_AS(shares_figure(HostMatrix::Zero(3, 3), {}), Error);
  CHECK_THROWS_AS(shares_figure(broken, {}), Error);
  CHECK_THROWS_AS(attention_map_figure(AttentionMap{}, {}), Error);
  AttentionMap wrong = small_map();
  wrong.bins.pop_back();
  CHECK_THROWS_AS(attention_map_figure(wrong, {}), Error);
  CHECK_THROWS_AS(flow_figure({}, partition, tokens, {}), Error);
  const std::vector<FlowPanel> three{{0, HostMatrix::Zero(3, 4)}};
  CHECK_THROWS_AS(flow_figure(three, partition, tokens, {}), Error);
  const std::vector<FlowPanel> nan{{0, broken}};
  CHECK_THROWS_AS(flow_figure(nan, partition, tokens, {}), Error);
}

TEST_CASE("texts and numbers are cut to what a figure has room for", "[figure][figures]") {
  CHECK(short_number(0.0123456) == "0.0123");
  CHECK(short_number(0) == "0");
  CHECK(short_number(1.5e-7) == "1.5e-07");
  CHECK(percent(0.1234) == "12.3 %");
  CHECK(shortened("short", 5) == "short");
  CHECK(shortened("a\nb\tc", 9) == "a b c");
  CHECK(shortened("\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9", 3) == "\xC3\xA9\xC3\xA9…");
}
